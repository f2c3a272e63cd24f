/** How the reference looks: the colours of the dashboard, light and dark, down to a width of 320 px. */
export const REFERENCE_STYLE = `:root {
  color-scheme: light dark;
  --page: light-dark(#f6f7f9, #12151a);
  --surface: light-dark(#ffffff, #1b2027);
  --sunken: light-dark(#eceff3, #232a33);
  --line: light-dark(#d5dae1, #343d49);
  --text: light-dark(#16202c, #eef2f7);
  --muted: light-dark(#4d5a6a, #aab6c5);
  --accent: light-dark(#1457b0, #84b6ff);
}
*, *::before, *::after { box-sizing: border-box; }
html { scroll-padding-top: 16px; }
body {
  margin: 0;
  background: var(--page);
  color: var(--text);
  font: 0.9375rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif;
}
code, pre, .method {
  font-family: ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
  font-size: 0.9em;
}
a { color: var(--accent); text-underline-offset: 2px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
main:focus { outline: none; }
.skip { position: absolute; left: 8px; top: -100px; padding: 8px 16px; background: var(--surface); }
.skip:focus { top: 8px; }
.muted { color: var(--muted); }
.shell { display: grid; grid-template-columns: 19rem minmax(0, 1fr); min-height: 100vh; }
header {
  position: sticky;
  top: 0;
  height: 100vh;
  overflow-y: auto;
  padding: 20px 16px;
  background: var(--surface);
  border-right: 1px solid var(--line);
}
.brand { margin: 0 0 16px; font-weight: 650; }
nav summary { padding: 4px 0; cursor: pointer; font-weight: 600; }
nav ul { margin: 0 0 8px; padding: 0; list-style: none; }
nav li a { display: block; padding: 4px 0 4px 12px; font-size: 0.8125rem; text-decoration: none; overflow-wrap: anywhere; }
nav li a:hover { text-decoration: underline; }
main { padding: 24px 32px 64px; max-width: 76rem; }
h1 { margin: 0 0 12px; font-size: 1.5rem; line-height: 1.25; }
h2 { margin: 40px 0 12px; font-size: 1.25rem; }
h3 { margin: 0 0 8px; font-size: 1rem; overflow-wrap: anywhere; }
h3 code { font-size: 1em; }
p { max-width: 76ch; margin: 0 0 8px; }
.method { font-weight: 700; color: var(--accent); }
.anchor { text-decoration: none; }
.anchor::before { content: '#'; }
.anchor span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
article { margin: 0 0 16px; padding: 16px; background: var(--surface); border: 1px solid var(--line); border-radius: 8px; }
article:target { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
pre { margin: 8px 0; padding: 12px; overflow: auto; background: var(--sunken); border-radius: 4px; }
article summary { cursor: pointer; padding: 4px 0; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 6px 12px 6px 0; text-align: left; vertical-align: top; border-top: 1px solid var(--line); font-weight: 400; }
thead th { border-top: 0; color: var(--muted); font-size: 0.8125rem; }
td code { overflow-wrap: anywhere; }
@media (max-width: 56rem) {
  .shell { display: block; }
  header { position: static; height: auto; max-height: none; border-right: 0; border-bottom: 1px solid var(--line); }
  main { padding: 16px; }
}
@media (max-width: 40rem) {
  table, tbody, tr, th, td { display: block; }
  thead { display: none; }
  th, td { padding: 2px 0; border-top: 0; }
  tr { padding: 8px 0; border-top: 1px solid var(--line); }
}
@media (forced-colors: active) {
  article:target { outline: 2px solid Highlight; }
}
`
