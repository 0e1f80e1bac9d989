/** Colours have at least 4.5:1 on white; what they say is said in words as well. Fonts are the reader's own: the file fetches nothing. */
export const reportStyle = `
@page { size: A4; margin: 16mm 14mm; }
* { box-sizing: border-box; }
html { background: #fff; color: #111; font: 10.5pt/1.4 system-ui, "Noto Sans KR", "Malgun Gothic", sans-serif; }
body { margin: 0 auto; padding: 1rem; max-width: 50rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5em; margin: 0 0 .25em; }
h2 { font-size: 1.25em; margin: 2em 0 .5em; padding-bottom: .15em; border-bottom: 2px solid #111; break-after: avoid; }
h3 { font-size: 1.05em; margin: 1.5em 0 .4em; break-after: avoid; }
p { margin: .4em 0; }
dl { display: grid; grid-template-columns: 11em 1fr; gap: .15em 1em; margin: .5em 0; }
dt { color: #444; }
dd { margin: 0; }
dd, td, th, blockquote, bdi { unicode-bidi: isolate; }
blockquote { margin: .2em 0 .4em; padding-left: .6em; border-left: 3px solid #888; white-space: pre-wrap; }
@media screen { .scroll { overflow-x: auto; } }
table { width: 100%; border-collapse: collapse; margin: .6em 0 1em; font-size: .9em; }
caption { text-align: left; font-weight: 600; padding-bottom: .2em; }
th, td { border-bottom: 1px solid #bbb; padding: .2em .7em .2em 0; vertical-align: top; text-align: left; font-weight: 400; }
thead th { border-bottom-color: #111; font-weight: 600; overflow-wrap: normal; }
.figure { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
tr, figure, blockquote { break-inside: avoid; }
figure { margin: .8em 0; }
figure > svg { width: 100%; height: auto; }
figcaption { font-weight: 600; }
.legend { list-style: none; margin: .2em 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: .1em 1.4em; font-weight: 400; }
.swatch { width: 2em; height: .8em; margin-right: .4em; }
.grid { stroke: #ccc; stroke-width: 1; }
.tick { font-size: 11px; fill: #333; }
.line { fill: none; stroke-width: 2; }
.point { fill: none; stroke: #111; stroke-width: 2; }
.s0 { stroke: #00518a; }
.s1 { stroke: #a8420a; stroke-dasharray: 8 3; }
.s2 { stroke: #00684d; stroke-dasharray: 2 3; }
.s3 { stroke: #8a2f6d; stroke-dasharray: 8 3 2 3; }
.s4 { stroke: #5b5200; stroke-dasharray: 14 4; }
.s5 { stroke: #444; stroke-dasharray: 4 4; }
.alone, .wrong { font-weight: 700; color: #9b0000; }
.note { color: #444; }
.banner { margin: 0 0 1rem; padding: .5rem 1rem; background: #5a2a82; color: #fff; font-weight: 700; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.watermark { position: fixed; inset: 0; display: grid; place-items: center; pointer-events: none; z-index: 1; font-size: 90px; font-weight: 800; letter-spacing: .1em; color: #5a2a82; opacity: .12; transform: rotate(-30deg); white-space: nowrap; overflow: visible; }
.exercise h2 { border-color: #5a2a82; }
@media print { body { padding: 0; max-width: none; } }
`
