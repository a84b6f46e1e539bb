/** What somebody does in the editor: by keys, the mouse and what is on the screen. */
export function userOf(page) {
  const press = (key) => page.keyboard.press(key);
  const quick = async (text, row) => {
    await page.waitForSelector('.quick-input-widget input', { state: 'visible' });
    await page.fill('.quick-input-widget input', text);
    if (row === undefined) return await press('Enter');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: row }).first().click();
  };
  const view = () => page.frameLocator('iframe.webview.ready:visible').last().frameLocator('#active-frame');
  const type = (text) => page.keyboard.type(text, { delay: 15 });
  /** The texts of what is seen. */
  const texts = async (selector) => {
    await page.locator(selector).first().waitFor();
    return (await page.locator(selector).allInnerTexts()).join('\n').replace(/\u00a0/g, ' ');
  };
  const inView = async (selector) => {
    const found = view().locator(selector).first();
    await found.waitFor();
    return found;
  };
  const active = (name) => page.waitForSelector(`.tab.active[data-resource-name="${name}"]`);
  const closeFind = async () => {
    // Pressed in the widget itself: something else may have the keys.
    await page.press('.find-widget.visible .find-part textarea', 'Escape');
    await page.waitForSelector('.find-widget.visible', { state: 'detached' });
  };
  return {
    page,
    press,
    type,
    texts,
    async command(name) {
      await press('F1');
      await quick(`>${name}`, name);
    },
    /** A row of the list that a command shows. */
    async pick(row) {
      await page.locator('.quick-input-list .monaco-list-row', { hasText: row }).first().click();
    },
    async open(path) {
      await press('Control+p');
      await quick(path, path);
      await active(path);
      await press('Control+1');
    },
    /** Where there is no search for files. */
    async openFromTree(name) {
      await page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first().dblclick();
      await active(name);
      await press('Control+1');
    },
    async goTo(line, column) {
      await press('Control+1');
      await press('Control+g');
      await quick(`:${line}:${column}`);
      await page.waitForSelector('.quick-input-widget', { state: 'hidden' });
    },
    /** Puts the cursor at the start of a text, at its first occurrence. */
    async find(text) {
      await press('Control+1');
      // A page that has the focus would take the keys.
      await page.waitForSelector('.monaco-editor.focused');
      await press('Control+Home');
      await press('Control+f');
      await page.waitForSelector('.find-widget.visible');
      await page.fill('.find-widget.visible .find-part textarea', text);
      await page
        .locator('.find-widget.visible .matchesCount', { hasText: /^1 of/ })
        .waitFor({ state: 'attached' });
      await closeFind();
      await press('ArrowLeft');
    },
    /** Hovers over a text until what is wanted is there: what is known of traces comes a moment after the text. */
    async hoverUntil(text, wanted) {
      const started = Date.now();
      for (;;) {
        await this.find(text);
        await press('ArrowRight');
        await press('Control+k');
        await press('Control+i');
        await page.waitForTimeout(700);
        const shown = await page.locator('.monaco-hover:not(.hidden) .hover-row').allInnerTexts();
        if (wanted.test(shown.join('\n').replace(/\u00a0/g, ' '))) return;
        if (Date.now() - started > 60_000) throw new Error(`the hover says ${shown.join(' ')}`);
        await press('Escape');
      }
    },
    async clickLens(text) {
      await page.locator('.codelens-decoration a', { hasText: text }).first().click();
    },
    /** The newest webview: waits for a selector in it, and gives it. */
    inView,
    /**
     * A page that draws nothing new never seems to be at rest, so nobody waits for that; one that was just brought to the front may
     * draw once more between the wait and the click.
     */
    async clickInView(selector) {
      for (let tries = 1; ; tries++) {
        const found = await inView(selector);
        try {
          return await found.click({ force: true });
        } catch (error) {
          if (tries === 5) throw error;
          await page.waitForTimeout(500);
        }
      }
    },
    countInView: (selector) => view().locator(selector).count(),
    async viewText(selector) {
      return await (await inView(selector)).textContent();
    },
  };
}
