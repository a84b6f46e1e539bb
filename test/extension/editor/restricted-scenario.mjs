/** What a newcomer sees first: a folder that is not trusted, and the walkthrough. */
import assert from 'node:assert/strict';

export function restrictedScenario(user, shot) {
  const { page, press } = user;
  return [
    [
      'checks rules in a folder that is not trusted',
      async () => {
        await user.open('broken.betrace');
        await page.locator('.squiggly-error').first().waitFor();
        assert.match(await user.texts('.statusbar'), /Restricted Mode/);
        await shot('restricted');
      },
    ],
    [
      'asks no service and starts no program there, and says so',
      async () => {
        await user.clickLens('replay');
        await page.locator('.notification-toast', { hasText: 'not trusted' }).first().waitFor();
        await shot('restricted-replay');
        await user.command('Notifications: Clear All Notifications');
        await user.open('payments.betrace');
        await user.clickLens(/^run \d+ tests/);
        await page.locator('.notification-toast', { hasText: 'not trusted' }).first().waitFor();
        await user.command('Notifications: Clear All Notifications');
      },
    ],
    [
      'has a walkthrough',
      async () => {
        await user.command('Welcome: Open Walkthrough...');
        await user.pick('Get Started with BeTrace');
        await page.locator('.getting-started-step', { hasText: 'Write a rule' }).first().waitFor();
        await page.waitForTimeout(1500);
        await shot('walkthrough');
        for (const [n, step] of ['Write a rule', 'Replay it', 'Ask a question'].entries()) {
          await page.locator('.getting-started-step', { hasText: step }).first().click();
          await page.waitForTimeout(700);
          await shot(`walkthrough-${n + 2}`);
        }
        await press('Escape');
      },
    ],
  ];
}
