/** Options of commands that read blocks, apart from what reads them: a command that is given none does not load that. */

export const BLOCKS_OPTIONS = {
  blocks: {
    type: 'string',
    value: 'PLACE',
    help: "Tempo's local storage, its blocks folder, one tenant's folder, or a bucket: s3://…, gs://…, azblob://…",
  },
  'tempo-config': {
    type: 'string',
    value: 'FILE',
    help: "take where the blocks are from Tempo's own configuration",
  },
  tenant: { type: 'string', value: 'TENANT', help: 'which tenant; needed where there are several' },
} as const;

export const RANGE_OPTIONS = {
  from: {
    type: 'string',
    value: 'TIME',
    help: 'blocks from this time on: RFC 3339, unix seconds, 24h or 7d ago, yesterday',
  },
  to: { type: 'string', value: 'TIME', help: 'blocks up to this time' },
} as const;

export const CACHE_OPTION = {
  cache: {
    type: 'string',
    value: 'DIR',
    help: 'where to keep flat blocks; by default $BETRACE_CACHE or the XDG cache',
  },
} as const;
