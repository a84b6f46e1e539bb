/** The bundle has the text of a style sheet. */
declare module '*.css' {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: what a bundler makes of a text
  export default text;
}
