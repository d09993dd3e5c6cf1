"""The look of pages and of what notebooks show, as CSS; light or dark as the reader has it."""

FORMULAS = """
math {
  font-family: "Latin Modern Math", "STIX Two Math", "STIX Math", "Libertinus Math", "Cambria Math", "DejaVu Math TeX Gyre", math;
}
math .word {
  font-family: "Latin Modern Roman", "STIX Two Text", STIXGeneral, Cambria, "Times New Roman", Times, serif; font-style: italic;
}
.einlang math[display="block"] { display: block math; width: max-content; margin: .3em 0; }
"""
"""How formulas look, on pages and in notebooks."""

PAGE = """
:root {
  color-scheme: light dark;
  --code: ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace;
  --paper: #fdfcfa; --ink: #1d1d1f; --soft: #5f5f66; --line: #d9d6d0; --panel: #f4f2ee;
  --given: #e8f0fb; --given-line: #4a78b5; --made: #fff; --made-line: #8d8a84; --sum: #a8381b; --link: #1f5fae;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #17181b; --ink: #e9e7e3; --soft: #a2a09b; --line: #3a3b40; --panel: #212226;
    --given: #1d2b3f; --given-line: #7aa7e0; --made: #24262b; --made-line: #85878f; --sum: #ff9d7a; --link: #8ab8f2;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.55 Charter, "Bitstream Charter", Georgia, serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.4rem 0 .6rem; }
a { color: var(--link); }
p { max-width: 44rem; }
.soft { color: var(--soft); }
.scroll { overflow-x: auto; }
.scroll:focus-visible, a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
math { font-size: 1.12em; }
math[display="block"] { display: block math; margin: 0; text-align: left; width: max-content; }
ol.equations { list-style: none; margin: 0; padding: 0; }
ol.equations > li { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, auto); column-gap: 1.5rem; align-items: center;
  border-bottom: 1px solid var(--line); padding: .1rem .4rem; }
ol.equations > li:first-child { border-top: 1px solid var(--line); }
ol.equations > li:target { background: var(--panel); }
ol.equations .scroll { padding: .45rem 0; }
ol.steps { margin: 1.4rem 0; }
.rule { color: var(--soft); font-size: .95rem; max-width: 19rem; text-align: right; padding: .2rem 0; }
.rule math { display: inline math; font-size: 1.05em; }
@media (max-width: 40rem) {
  ol.equations > li { display: block; }
  .rule { text-align: left; max-width: none; padding: 0 0 .4rem; }
}
code, pre { font-family: var(--code); font-size: .9em; }
pre { background: var(--panel); border: 1px solid var(--line);
  border-radius: 4px; padding: .8rem 1rem; margin: 0; overflow-x: auto; line-height: 1.45; }
figure { position: relative; left: 50%; transform: translateX(-50%); margin: 0; width: clamp(100%, var(--width, 0px), 94vw); }
figure .scroll { border: 1px solid var(--line); border-radius: 4px; }
figcaption { color: var(--soft); font-size: .95rem; margin-top: .4rem; }
.summed { color: var(--sum); fill: var(--sum); font-weight: 700; text-decoration: underline; }
svg { display: block; margin: 0 auto; }
svg text { font: 13px var(--code); fill: var(--ink); text-anchor: middle; }
svg .work { font-size: 12px; fill: var(--soft); }
svg .wire { fill: none; stroke: var(--made-line); stroke-width: 1.2; }
svg .patch { fill: var(--paper); }
svg .vertex rect { fill: var(--made); stroke: var(--made-line); stroke-width: 1.2; }
svg .input rect, svg .param rect { fill: var(--given); stroke: var(--given-line); }
svg .param rect { stroke-dasharray: 5 3; }
svg .output rect { stroke: var(--ink); stroke-width: 2.4; }
svg a:focus-visible rect, svg a:hover rect { stroke: var(--link); stroke-width: 2.4; }
@media print { main { max-width: none; padding: 0; } }
"""
"""How a page looks."""
