/** VS Code for the Web: everything that needs no process of this machine. */
import assert from 'node:assert/strict';

export function webScenario(user, shot) {
  const { page, press } = user;
  return [
    [
      'finds what a file uses of another: no mistakes, and the way there',
      async () => {
        await user.openFromTree('payments.betrace');
        await page.locator('.codelens-decoration', { hasText: 'replay' }).first().waitFor();
        // A mistake is seen, so that "no mistake" says something.
        await user.openFromTree('broken.betrace');
        await page.locator('.squiggly-error').first().waitFor();
        await user.openFromTree('payments.betrace');
        await page.locator('.squiggly-error').first().waitFor({ state: 'detached' });
        await user.find('charge where');
        await press('F12');
        await page.waitForSelector('.tab.active[data-resource-name="names.betrace"]');
        await shot('web-definition');
      },
    ],
    [
      'completes a pattern of another file',
      async () => {
        await user.openFromTree('uses.betrace');
        await user.goTo(3, 9);
        await user.type('pii');
        await press('Control+Space');
        const row = page.locator('.suggest-widget.visible .monaco-list-row', { hasText: 'pii-query' });
        await row.first().waitFor();
        await press('Enter');
        await page.locator('.squiggly-error').first().waitFor({ state: 'detached' });
        await shot('web-completion');
      },
    ],
    [
      'says in the hover what the traces of a service carry',
      async () => {
        await user.openFromTree('payments.betrace');
        await user.hoverUntil('span.amount', /amount[\s\S]*of spans/);
        await shot('web-hover');
        await press('Escape');
      },
    ],
    [
      'replays a rule through a service, with what it uses of other files',
      async () => {
        await user.openFromTree('uses.betrace');
        await user.clickLens('replay');
        assert.match(await user.viewText('.card'), /unread-pii[\s\S]*violated/);
        await user.clickInView('.violations a');
        assert.match(await user.viewText('.broken'), /never \{ name = "db.query"/);
        await shot('web-waterfall');
      },
    ],
  ];
}

export const WEB_FILES = {
  'broken.betrace': 'rule slow-checkout {\n  never { nme = "checkout.place_order" }\n}\n',
  'uses.betrace': 'use "names.betrace"\nrule unread-pii {\n  never \n}\n',
};
