import { text } from '../../text/operations.js';
import { name, type Sql, sql } from '../../text/sql.js';

/** What ClickHouse opens: a file, an object by its address, or one in a named collection, which has the address and the keys. */
export type NestedFile =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 's3' | 'gcs'; readonly url: string }
  | {
      readonly kind: 's3 collection' | 'azure collection';
      readonly collection: string;
      readonly path: string;
    };

/** The file as a relation. */
export function fileSql(file: NestedFile): Sql {
  switch (file.kind) {
    case 'file':
      return sql`file(${text(file.path)}, Parquet)`;
    case 's3':
      return sql`s3(${text(file.url)}, Parquet)`;
    case 'gcs':
      return sql`gcs(${text(file.url)}, Parquet)`;
    case 's3 collection':
      return sql`s3(${name(file.collection)}, filename = ${text(file.path)}, format = 'Parquet')`;
    case 'azure collection':
      return sql`azureBlobStorage(${name(file.collection)}, blob_path = ${text(file.path)}, format = 'Parquet')`;
  }
}
