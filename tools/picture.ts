import { chromium } from "playwright-core";

/**
 * Takes a picture of a page with the Chromium of this machine: `node tools/picture.ts <address> <file.png>`. The address may
 * be a file's, or that of a run's map, and end in what is selected: `#Deployment/mlflow/mlflow`.
 */
const [address, path] = process.argv.slice(2);
if (address === undefined || path === undefined) throw new Error("usage: node tools/picture.ts <address> <file.png>");
const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  // root has no sandbox; nothing but the page is asked for anything
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
});
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
  await page.goto(address);
  await page.locator(".node").first().waitFor();
  // what whoever serves the page tells it
  if (/^https?:/.test(address)) await page.locator(".live:not([hidden])").waitFor();
  await page.screenshot({ path });
} finally {
  await browser.close();
}
