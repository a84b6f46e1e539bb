/** What somebody does in the editor: by keys, the mouse and what is on the screen. */
export function userOf(page) {
  const press = (key) => page.keyboard.press(key);
  const quick = async (text, row) => {
    await page.waitForSelector('.quick-input-widget input', { state: 'visible' });
    await page.fill('.quick-input-widget input', text);
    if (row === undefined) return await press('Enter');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: row }).first().click();
  };
  const view = () => page.frameLocator('iframe.webview.ready').last().frameLocator('#active-frame');
  return {
    page,
    press,
    type: (text) => page.keyboard.type(text, { delay: 15 }),
    async command(name) {
      await press('F1');
      await quick(`>${name}`, name);
    },
    async open(path) {
      await press('Control+p');
      await quick(path, path);
      await page.waitForSelector(`.tab.active[data-resource-name="${path}"]`);
      await press('Control+1');
    },
    async goTo(line, column) {
      await press('Control+1');
      await press('Control+g');
      await quick(`:${line}:${column}`);
      await page.waitForSelector('.quick-input-widget', { state: 'hidden' });
    },
    async clickLens(text) {
      await page.locator('.codelens-decoration a', { hasText: text }).first().click();
    },
    /** The texts of what is seen. */
    async texts(selector) {
      await page.locator(selector).first().waitFor();
      return (await page.locator(selector).allInnerTexts()).join('\n').replace(/\u00a0/g, ' ');
    },
    /** The newest webview: waits for a selector in it, and gives it. */
    async inView(selector) {
      const found = view().locator(selector).first();
      await found.waitFor();
      return found;
    },
    async viewText(selector) {
      return await (await this.inView(selector)).textContent();
    },
  };
}
