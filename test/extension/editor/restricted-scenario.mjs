/** What a newcomer sees first: a folder that is not trusted, and the walkthrough. */

export function restrictedScenario(user, shot) {
  const { page, press } = user;
  return [
    [
      'checks rules in a folder that is not trusted',
      async () => {
        await user.open('broken.betrace');
        await page.locator('.squiggly-error').first().waitFor();
        await page
          .locator('.statusbar', { hasText: /Restricted\sMode/ })
          .first()
          .waitFor();
        await shot('restricted');
      },
    ],
    [
      'asks no service and starts no program there, and says so',
      async () => {
        await user.clickLens('replay');
        await page.locator('.notification-toast', { hasText: 'Manage Workspace Trust' }).first().waitFor();
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
        // A narrow editor leaves out what is next to the steps.
        const size = page.viewportSize();
        await page.setViewportSize({ width: 1400, height: 860 });
        await user.command('Welcome: Open Walkthrough...');
        await user.pick('Get Started with BeTrace');
        await page.locator('.getting-started-step', { hasText: 'Write a rule' }).first().waitFor();
        await page.waitForFunction(
          () => document.querySelector('.getting-started-media img')?.naturalWidth > 0,
        );
        await page.locator('.getting-started-step', { hasText: 'Say where your traces are' }).first().click();
        const media = page.frameLocator('.getting-started-media iframe').frameLocator('#active-frame');
        await media.locator('code', { hasText: 'betrace.service.url' }).first().waitFor();
        await shot('walkthrough');
        await page.locator('.getting-started-step', { hasText: 'Write a rule' }).first().click();
        await media.locator('code', { hasText: 'fraud-check-required' }).first().waitFor();
        await shot('walkthrough-rule');
        await page.locator('.getting-started-step', { hasText: 'Replay it' }).first().click();
        await page.waitForFunction(
          () => document.querySelector('.getting-started-media img')?.naturalWidth > 0,
        );
        await shot('walkthrough-replay');
        await press('Escape');
        await page.setViewportSize(size);
      },
    ],
  ];
}
