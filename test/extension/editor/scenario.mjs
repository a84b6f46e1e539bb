/** What the extension is for, from the first look at a rule to a test made of a trace that breaks it. */
import assert from 'node:assert/strict';

/** The page that is seen. */
const VIEW = 'iframe.webview.ready:visible';
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
      'says behind patterns how many spans they matched, and in the hover what is known of the rule',
      async () => {
        await page.locator('.view-line', { hasText: '84 spans' }).first().waitFor();
        await user.hoverUntil('fraud-check-required {', /Decided at a deadline[\s\S]*Cost[\s\S]*Last replay/);
        await shot('rule-hover');
        await press('Escape');
      },
    ],
    [
      'says how many spans the pattern at the cursor matches, and lists them',
      async () => {
        await user.find('{ name = "fraud.check" } before c');
        await press('ArrowRight');
        // Behind the line, as a style sheet puts it there.
        await page.waitForFunction(() =>
          [...document.querySelectorAll('.view-line span')].some((span) =>
            getComputedStyle(span, '::after')
              .content.replace(/\u00a0/g, ' ')
              .includes('80 spans match'),
          ),
        );
        await user.command('BeTrace: Show the Spans That the Pattern at the Cursor Matches');
        assert.match(await user.viewText('.names'), /fraud\.check/);
        await shot('matches');
        await user.find('charge where span.amount');
        await user.inView('pre:text("span.amount > 1000")');
      },
    ],
    [
      'shows the waterfall of a violation, and walks through it by keys',
      async () => {
        await user.command('BeTrace: Show the Last Replay');
        await user.clickInView('.violations a');
        assert.match(await user.viewText('.broken'), /always { name = "fraud.check" } before c/);
        // The same clause, in the text of the rule.
        await page.locator('.view-overlays [class*="TextEditorDecorationType"]').first().waitFor();
        await (await user.inView('.marked .line')).click();
        assert.match(await user.viewText('.details'), /resource\.service\.name\s*payment/);
        const marked = await user.inView('.marked');
        await marked.focus();
        await marked.press('Home');
        await (await user.inView('.span:focus')).press('ArrowLeft');
        assert.equal(await (await user.inView('.span')).getAttribute('aria-expanded'), 'false');
        await (await user.inView('.span:focus')).press('ArrowRight');
        await page.waitForTimeout(300);
        await shot('waterfall');
        await shot('trace', VIEW);
      },
    ],
    [
      'adds an attribute of a span to the filter at the cursor',
      async () => {
        await user.find('fraud.check" } before c');
        await user.clickInView('.details button:text("span.currency")');
        const added = page.locator('.view-line', { hasText: 'fraud.check" && span.currency' }).first();
        // Clicked, so that the text has the keys and not the view.
        await added.click();
        await press('Control+z');
        await added.waitFor({ state: 'detached' });
      },
    ],
    [
      'writes a rule from spans that are chosen in the waterfall, with its tests',
      async () => {
        await user.open('made.betrace');
        await user.clickInView('.span:has-text("payment.charge_card") .pick');
        await user.clickInView('.span:has-text("checkout.place_order") .pick');
        await shot('chosen');
        await user.clickInView('button:text("2 Chosen Spans")');
        await user.pick('When there is payment.charge_card');
        await page
          .locator('.view-line', { hasText: 'rule checkout-place_order-over-payment-charge_card' })
          .first()
          .waitFor();
        await shot('made-rule');
        await press('Control+s');
      },
    ],
    [
      'makes a test of the trace, and runs the tests',
      async () => {
        await user.open('payments.betrace');
        await user.clickInView('button:text("Make a Test")');
        await page.locator('.view-line', { hasText: 'as in trace' }).first().waitFor();
        await press('Control+s');
        await page.waitForTimeout(1000);
        await user.command('Test: Run All Tests');
        await page.locator('.codicon-testing-passed-icon').first().waitFor();
        // All tests of the folder, also of files that are not open; one of them is wrong on purpose.
        await page.locator('.xterm-rows', { hasText: '41 of 42 passed' }).first().waitFor();
        await shot('tests');
      },
    ],
    [
      'shows which clauses no test violates',
      async () => {
        await user.command('View: Close All Editors');
        await user.open('failing.betrace');
        await user.command('Test: Run All Tests with Coverage');
        await page.locator('.coverage-deco-gutter').first().waitFor();
        await shot('coverage');
      },
    ],
    [
      'replays all rules of a file, and filters what was found',
      async () => {
        await user.command('View: Hide Panel');
        await user.open('payments.betrace');
        await user.command('BeTrace: Replay the Rules of This File');
        const card = '.card[data-rule="double-charge"]';
        await user.clickInView(`${card} > details > summary`);
        await user.inView(`${card} .violations li`);
        const all = await user.countInView(`${card} .violations li`);
        await (await user.inView(`${card} input`)).fill('ik-');
        const found = await user.viewText(`${card} [role=status]:has-text("match")`);
        assert.equal(await user.countInView(`${card} .violations li`), Number.parseInt(found, 10));
        assert.ok(all > 0, 'no violations');
        await shot('filter');
      },
    ],
    [
      'explains a rule next to it',
      async () => {
        await user.command('View: Close All Editors');
        await user.open('payments.betrace');
        await user.clickLens('explain');
        await page.locator('.view-line', { hasText: '-- A verdict is final' }).first().waitFor();
        await shot('explain');
      },
    ],
    [
      'shows what a test expected next to what came, and prints what the rule saw',
      async () => {
        await user.command('View: Close All Editors');
        await user.open('failing.betrace');
        await user.clickLens('run test');
        // The lens says so from the run of all tests, and what is shown closes when another run ends.
        await page.locator('.codelens-decoration', { hasText: 'run test: failed' }).first().waitFor();
        await page.locator('.xterm-rows', { hasText: '0 of 1 passed' }).first().waitFor();
        await page.locator('.test-error-content-widget').first().waitFor();
        await user.goTo(6, 1);
        await user.command('Test: Peek Output');
        await page.locator('.test-output-peek .monaco-diff-editor').first().waitFor();
        await page.waitForTimeout(500);
        await shot('diff');
        await press('Escape');
        await user.goTo(6, 1);
        await user.command('Test: Debug Test at Cursor');
        await page.locator('.xterm-rows', { hasText: 'fraud fraud.check' }).first().waitFor();
        await shot('print');
      },
    ],
    [
      'underlines a mistake, and mends it',
      async () => {
        await user.command('View: Close All Editors');
        await user.command('View: Hide Panel');
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
        assert.match(await user.viewText('main'), /resource.service.name = /);
        await shot('query');
        await shot('plot', VIEW);
      },
    ],
    [
      'counts the violations of a rule in a table',
      async () => {
        await user.open('counts.traceql');
        await user.clickLens('run query');
        await user.inView('th:text("resource.service.name")');
        assert.match(await user.viewText('tbody'), /4\s*payment/);
        await shot('counts');
      },
    ],
    [
      'shows a violation over several traces on one line of time',
      async () => {
        await user.open('flow.betrace');
        await user.clickLens('replay');
        await user.clickInView('.violations a');
        assert.match(await user.viewText('.broken'), /span\.user\.id = "user-/);
        await user.inView('.several .marked');
        assert.equal(await user.countInView('.span > .line .mark[title^="Trace"]'), 2);
        await shot('flow');
        await shot('flow-view', VIEW);
      },
    ],
    [
      'replays the example rules over the example traces, which come with the program',
      async () => {
        await user.command('BeTrace: Try It on Example Traces');
        await page.locator('.tab[data-resource-name="payments.betrace"]').first().waitFor();
        assert.match(await user.viewText('.card'), /violated/);
        assert.match(await user.texts('.statusbar'), /BeTrace: \d+ violations/);
        await shot('sample');
      },
    ],
  ];
}

export const FILES = {
  'broken.betrace': `${MISTAKE}}\n`,
  'made.betrace': '',
  'counts.traceql': 'violations of fraud-check-required | by(resource.service.name)\n',
  'flow.betrace': `rule one-order-a-day {
  summary = "A user orders once a day"
  across span.user.id within 1d

  when  { name = "checkout.place_order" } as first
  never { name = "checkout.place_order" } after first
}
`,
  'failing.betrace': `rule checked {
  when   { name = "payment.charge_card" } as c
  always { name = "fraud.check" } before c
}

test "too late" of checked {
  payment "payment.charge_card" 0ms..80ms { span.amount = 2000 }
  fraud "fraud.check" 90ms..95ms
  expect pass
}
`,
};
