/** Editors ask for completions by themselves once any of these is typed. */
export const TRIGGER_CHARACTERS = ['.', ':', '"', '`', '{', '=', ' ', '|'] as const;
