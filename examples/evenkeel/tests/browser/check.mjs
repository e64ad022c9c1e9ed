// Looks at a page in headless Chromium as its readers do: phone, tablet and desk, light and dark, and on paper.
// Fails on any console message, request, sideways scroll, overlapping or cut text in a drawing, or serious axe finding.
import { createRequire } from "node:module";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const [pageFile, outDir] = process.argv.slice(2);
const executablePath = process.env.CHROMIUM;
if (!pageFile || !outDir || !executablePath) {
  console.error("usage: CHROMIUM=/usr/bin/chromium node check.mjs PAGE.html OUT_DIR");
  process.exit(2);
}
mkdirSync(outDir, { recursive: true });
const name = basename(pageFile).replace(/\.html?$/, "");
const address = pathToFileURL(resolve(pageFile)).href;
const faults = [];

const browser = await chromium.launch({
  executablePath,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
});

for (const width of [360, 800, 1400]) {
  for (const colorScheme of ["light", "dark"]) {
    const where = `${width} px ${colorScheme}`;
    const fault = (text) => faults.push(`${where}: ${text}`);
    // The page has a policy against all scripts: the checks themselves are let past it.
    const context = await browser.newContext({
      viewport: { width, height: 900 }, colorScheme, bypassCSP: true, deviceScaleFactor: width === 360 ? 2 : 1,
    });
    const page = await context.newPage();
    page.on("console", (message) => fault(`console ${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => fault(`error: ${error.message}`));
    page.on("request", (request) => request.url() === address || fault(`request: ${request.url()}`));
    await page.goto(address);
    // No picture is higher than what Chromium can draw at once: a long page makes several.
    const most = 8000;
    const whole = await page.evaluate(() => document.documentElement.scrollHeight);
    for (let y = 0, part = 1; y < whole; y += most, part += 1) {
      await page.screenshot({
        path: join(outDir, `${name}-${width}-${colorScheme}${part > 1 ? `-${part}` : ""}.png`),
        fullPage: true, clip: { x: 0, y, width, height: Math.min(most, whole - y) },
      });
    }
    for (const text of await page.evaluate(layoutFaults)) fault(text);
    await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
    for (const text of await page.evaluate(layoutFaults)) fault(`unfolded: ${text}`);
    await page.evaluate(axeSource);
    const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    for (const violation of found.violations) {
      const line = `axe ${violation.impact} ${violation.id}: ${violation.help} (${violation.nodes.length}, first ${violation.nodes[0].html.slice(0, 160)})`;
      if (["serious", "critical"].includes(violation.impact)) fault(line);
      else console.log(`  note, ${where}: ${line}`);
    }
    await context.close();
  }
}

// With its own policy in force: nothing of the page may be blocked by it.
{
  const page = await browser.newPage();
  page.on("console", (message) => faults.push(`policy: ${message.text()}`));
  await page.goto(address);
  await page.emulateMedia({ media: "print" });
  const hidden = await page.evaluate(() =>
    [...document.querySelectorAll("details")].filter((details) => {
      const inside = [...details.children].find((child) => child.tagName !== "SUMMARY");
      return inside && inside.getBoundingClientRect().height === 0;
    }).length);
  if (hidden) faults.push(`print: ${hidden} folded parts stay folded`);
  writeFileSync(join(outDir, `${name}.pdf`), await page.pdf({ format: "A4", preferCSSPageSize: true, printBackground: false }));
}
await browser.close();

for (const line of faults) console.error(`FAULT ${line}`);
console.log(`${name}: ${faults.length} faults; screenshots and PDF in ${outDir}`);
process.exit(faults.length ? 1 : 0);

// Runs in the page.
function layoutFaults() {
  const faults = [];
  const scroller = document.scrollingElement;
  if (scroller.scrollWidth > innerWidth) faults.push(`scrolls sideways: ${scroller.scrollWidth} > ${innerWidth}`);
  for (const element of document.querySelectorAll("h1,h2,h3,p,dd,dt,li,summary,.badge")) {
    const box = element.getBoundingClientRect();
    const boxed = element.closest(".scroll") || element.closest(".skip");
    if (!boxed && box.width && (box.right > innerWidth + 1 || box.left < -1)) {
      faults.push(`<${element.tagName.toLowerCase()}> leaves the page: ${element.textContent.slice(0, 60)}`);
    }
  }
  // A drawing may scroll with a table, but not on a phone, where nothing of the strip is to be cut off.
  for (const svg of document.querySelectorAll("svg.chart, .spark svg, svg.shape")) {
    const box = svg.getBoundingClientRect();
    const held = svg.closest(".scroll")?.getBoundingClientRect() ?? { left: 0, right: innerWidth };
    if (box.width && (box.right > Math.min(held.right, innerWidth) + 1 || box.left < Math.max(held.left, 0) - 1)) {
      faults.push(`a drawing is cut off: ${svg.getAttribute("class") ?? "sparkline"} from ${box.left} to ${box.right}`);
    }
  }
  for (const svg of document.querySelectorAll("svg.chart")) {
    const frame = svg.getBoundingClientRect();
    if (!frame.width) continue;
    const texts = [...svg.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()]);
    for (const [words, box] of texts) {
      if (box.left < -1 || box.right > innerWidth + 1) faults.push(`text leaves the page: ${words.slice(0, 60)}`);
      if (box.left < frame.left - 6 || box.right > frame.right + 6 || box.bottom > frame.bottom + 4) {
        faults.push(`text leaves its drawing: ${words.slice(0, 60)}`);
      }
    }
    texts.forEach(([a, one], index) => {
      for (const [b, other] of texts.slice(index + 1)) {
        const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
        const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
        // Boxes hold room above and below the letters: two lines of text may share a little of it.
        if (across > 0.5 && down > Math.min(one.height, other.height) * 0.3) {
          faults.push(`texts overlap: "${a.slice(0, 40)}" and "${b.slice(0, 40)}"`);
        }
      }
    });
  }
  return faults;
}
