/** What the extension is for, from the first look at a rule to a test made of a trace that breaks it. */
import assert from 'node:assert/strict';

const MISTAKE = 'rule slow-checkout {\n  never { nme = "checkout.place_order" }\n';

export function scenario(user, shot) {
  const { page, press } = user;
  return [
    [
      'opens a rule with colours and lenses',
      async () => {
        await user.open('payments.betrace');
        assert.match(await user.texts('.codelens-decoration'), /replay[\s\S]*run 4 tests[\s\S]*explain/);
        await shot('rule');
      },
    ],
    [
      'says in the hover what stored traces carry',
      async () => {
        await user.hoverUntil('span.amount', /amount[\s\S]*of spans/);
        await shot('hover');
        await press('Escape');
      },
    ],
    [
      'replays a rule and shows what breaks it',
      async () => {
        await user.clickLens('replay');
        assert.match(await user.viewText('.card'), /fraud-check-required[\s\S]*violated/);
        await page.locator('.codelens-decoration', { hasText: 'violations since' }).first().waitFor();
        assert.match(await user.texts('.statusbar'), /BeTrace: 4 violations/);
        await shot('results');
      },
    ],
    [
      'shows the waterfall of a violation, and walks through it by keys',
      async () => {
        await (await user.inView('button.link')).click();
        assert.match(await user.viewText('.failed'), /always { name = "fraud.check" } before c/);
        const evidence = await user.inView('.row.evidence');
        await evidence.click();
        assert.match(await user.viewText('#details .facts'), /service\s*payment/);
        await evidence.press('Home');
        await (await user.inView('.row:focus')).press('ArrowLeft');
        assert.equal(await (await user.inView('.row')).getAttribute('aria-expanded'), 'false');
        await (await user.inView('.row:focus')).press('ArrowRight');
        await page.waitForTimeout(300);
        await shot('waterfall');
      },
    ],
    [
      'makes a test of the trace, and runs the tests',
      async () => {
        await (await user.inView('[data-message=makeTest]')).click();
        await page.locator('.view-line', { hasText: 'as in trace' }).first().waitFor();
        await press('Control+s');
        await page.waitForTimeout(1000);
        await user.command('Test: Run All Tests');
        await page.locator('.codicon-testing-passed-icon').first().waitFor();
        await page.waitForTimeout(3000);
        assert.equal(await page.locator('.codicon-testing-failed-icon').count(), 0);
        await shot('tests');
      },
    ],
    [
      'underlines a mistake, and mends it',
      async () => {
        await user.command('View: Close All Editors');
        await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
        await user.open('broken.betrace');
        await page.locator('.squiggly-error').first().waitFor();
        await user.goTo(2, 11);
        await press('Control+.');
        await page.waitForTimeout(600);
        await shot('quick-fix');
        await page.locator('.action-widget .monaco-list-row', { hasText: 'name' }).first().click();
        await page.locator('.squiggly-error').first().waitFor({ state: 'detached' });
      },
    ],
    [
      'completes attributes that stored traces carry',
      async () => {
        await user.goTo(2, 41);
        await user.type(' && span.');
        await page
          .locator('.suggest-widget.visible .monaco-list-row', { hasText: 'span.' })
          .first()
          .waitFor();
        assert.match(await user.texts('.suggest-widget.visible .monaco-list-row'), /amount|http|tenant|user/);
        await page.waitForTimeout(500);
        await shot('completion');
        await press('Escape');
      },
    ],
    [
      'asks a question and plots the answer',
      async () => {
        await user.command('BeTrace: New Query Scratchpad');
        await page.locator('.codelens-decoration', { hasText: 'run query' }).first().waitFor();
        await press('Control+Enter');
        assert.match(await user.viewText('.list'), /resource.service.name=/);
        await shot('query');
      },
    ],
  ];
}

export const FILES = { 'broken.betrace': `${MISTAKE}}\n` };
