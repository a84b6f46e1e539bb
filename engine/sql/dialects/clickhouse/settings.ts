/** Without these ClickHouse means something else by the same SQL, or refuses it. */
export const SETTINGS: Readonly<Record<string, number | string>> = {
  // Outer joins give null where there is no row, not 0 or ''.
  join_use_nulls: 1,
  // `NULL IN (…)` is null.
  transform_null_in: 0,
  // A column of a cast or of a calculation is nullable if what it is made of is.
  cast_keep_nullable: 1,
  // An aggregate of nothing is null.
  aggregate_functions_null_for_empty: 1,
  // A name is that of the column before that of what is selected as it.
  prefer_column_name_to_alias: 1,
  joined_subquery_requires_alias: 0,
  allow_experimental_correlated_subqueries: 1,
  enable_materialized_cte: 1,
  allow_experimental_join_condition: 1,
  // Of one type each, so that no value has two forms.
  allow_suspicious_types_in_group_by: 1,
  allow_suspicious_types_in_order_by: 1,
  union_default_mode: 'DISTINCT',
  // Statements of hundreds of attributes are long.
  max_query_size: 2 ** 26,
  max_ast_elements: 10_000_000,
  max_expanded_ast_elements: 10_000_000,
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_denormals: 1,
  output_format_json_escape_forward_slashes: 0,
};

/** What nobody may set otherwise: those, and what the session is made with. */
export const ENGINE_SETTINGS: ReadonlySet<string> = new Set([
  ...Object.keys(SETTINGS),
  'session_id',
  'session_timeout',
  'wait_end_of_query',
  'query',
  'database',
  'user',
  'password',
]);
