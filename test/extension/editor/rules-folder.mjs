/** A folder of rules to open: those for the shop, and more. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function rulesFolder(root, files, settings) {
  const parent = mkdtempSync(join(tmpdir(), 'betrace-rules-'));
  const workspace = join(parent, 'shop');
  cpSync(join(root, 'queries/shop'), workspace, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(workspace, name), text);
  if (settings !== undefined) {
    mkdirSync(join(workspace, '.vscode'));
    writeFileSync(join(workspace, '.vscode/settings.json'), JSON.stringify(settings));
  }
  return { parent, workspace, remove: () => rmSync(parent, { recursive: true, force: true }) };
}
