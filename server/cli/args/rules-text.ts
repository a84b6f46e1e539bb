/** What the help of every command says of RULES. */
export const RULES_TEXT =
  'RULES are files, folders (every *.betrace file under them) or patterns such as "rules/**/pay-*.betrace".';
