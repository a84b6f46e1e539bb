/** After which of them editors ask for completions without being told to. */
export const TRIGGER_CHARACTERS = ['.', ':', '"', '`', '{', '=', ' ', '|'] as const;
