/** What a completion is, whoever offers it. */
export type CompletionKind =
  | 'keyword'
  | 'operator'
  | 'function'
  | 'field'
  | 'pattern'
  | 'bound span'
  | 'setting'
  | 'value'
  | 'rule'
  | 'snippet'
  | 'file';
