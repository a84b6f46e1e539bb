/** The versions of Tempo's block format that are read, oldest first. */
export const BLOCK_FORMATS = ['vParquet3', 'vParquet4', 'vParquet5'] as const;
export type BlockFormat = (typeof BLOCK_FORMATS)[number];
