/* SPDX-License-Identifier: Apache-2.0 */
/* How the pages look: light or dark as the reader has it, from a telephone's width to a desk's. */
#include "base/text.h"
#include "base/version.h"
#include "doctor/markup.h"
#include "doctor/page.h"

static const char colours[] =
	":root{color-scheme:light dark;--paper:#f6f7f9;--card:#fff;--ink:#1b2430;--soft:#5b6675;"
	"--line:#dde2e9;--code:#eef1f5;--pass:#1a7f4b;--warn:#8a5a00;--fail:#c0262d;--skip:#69737f;"
	"--ours:#2563c9;--theirs:#9aa7b8;--clash:#c0262d;--hatch:#fff}"
	"@media(prefers-color-scheme:dark){:root{--paper:#10151c;--card:#19202a;--ink:#e6ebf2;"
	"--soft:#9aa7b8;--line:#2c3643;--code:#111820;--pass:#4cc38a;--warn:#f0b849;--fail:#ff7b7f;"
	"--skip:#8c98a8;--ours:#6ea3ff;--theirs:#55637a;--clash:#ff6b70;--hatch:#19202a}}";

static const char frame[] =
	"*{box-sizing:border-box}"
	"body{margin:0;background:var(--paper);color:var(--ink);"
	"font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',"
	"sans-serif;overflow-wrap:anywhere}"
	"main{max-width:62rem;margin:0 auto;padding:1.5rem 1rem 4rem}"
	"h1{font-size:1.75rem;line-height:1.2;margin:.2rem 0 1rem;letter-spacing:-.01em}"
	"h2{font-size:1.2rem;margin:2.4rem 0 .8rem}h3{font-size:1rem;margin:1.1rem 0 .5rem}"
	"h2+p,.hint{color:var(--soft);margin:-.5rem 0 .9rem;font-size:.92rem}"
	"p{margin:.5rem 0}a{color:inherit}"
	"code,pre,.id{font-family:ui-monospace,'Cascadia Mono','DejaVu Sans Mono',Menlo,monospace;"
	"font-size:.88em}"
	".brand{color:var(--soft);font-size:.85rem;letter-spacing:.04em}"
	".card{background:var(--card);border:1px solid var(--line);border-radius:.7rem;"
	"padding:1rem 1.1rem;margin:0 0 .9rem}"
	".card>:first-child,.card>:first-child>:first-child{margin-top:0}"
	".card>:last-child{margin-bottom:0}"
	".facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));"
	"gap:.8rem 1.2rem;margin:0}"
	".facts div{min-width:0}"
	"dt{color:var(--soft);font-size:.8rem}dd{margin:0}"
	"footer{color:var(--soft);font-size:.85rem;margin-top:3rem}";

static const char verdicts[] =
	".pass{--c:var(--pass)}.warn{--c:var(--warn)}.fail{--c:var(--fail)}.skip{--c:var(--skip)}"
	".v{color:var(--c);font-weight:600;white-space:nowrap}"
	".sum{display:flex;height:.8rem;border-radius:.4rem;overflow:hidden;gap:2px;"
	"margin:1rem 0 .5rem}"
	".sum span{background:var(--c);min-width:.5rem}"
	".sum .warn,.key .warn i{background-image:repeating-linear-gradient(45deg,transparent 0 "
	"4px,"
	"var(--card) 4px 6px)}"
	".sum .fail,.key .fail i{background-image:repeating-linear-gradient(-45deg,transparent 0 "
	"3px,"
	"var(--card) 3px 6px)}"
	".sum .skip{opacity:.45}"
	".key{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;margin:0;padding:0;list-style:none;"
	"font-size:.92rem}"
	".key i{display:inline-block;width:1.4em;height:.75em;border-radius:.2em;"
	"background-color:var(--c);margin-right:.45em}"
	".finding{border-left:.3rem solid var(--c)}"
	".finding.fail{border-left-style:double;border-left-width:.4rem}"
	".finding h3{margin:0 0 .5rem;font-size:1.05rem;line-height:1.35}"
	".finding .top{display:flex;flex-wrap:wrap;gap:0 .8rem;margin:0 0 .2rem}"
	".id{color:var(--soft)}"
	".finding dl{margin:.6rem 0 0;display:grid;grid-template-columns:5.2rem minmax(0,1fr);"
	"gap:.35rem .8rem}"
	".finding dt{padding-top:.12rem}"
	"pre{background:var(--code);border-radius:.4rem;padding:.55rem .7rem;margin:0 0 .3rem;"
	"white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.4}"
	"@media(max-width:34rem){.facts{grid-template-columns:1fr 1fr}}"
	"@media(max-width:34rem){.finding dl{grid-template-columns:minmax(0,1fr);gap:0}"
	".finding dt:empty{display:none}.finding dd{margin-bottom:.5rem}}";

static const char drawings[] =
	".lane{margin:.75rem 0}.lane p{margin:0 0 .25rem;font-size:.9rem}"
	".track{position:relative;height:1.7rem;background:var(--code);border-radius:.35rem;"
	"overflow:hidden;border:1px solid var(--line)}"
	".track span{position:absolute;top:0;bottom:0;min-width:3px}"
	".key .ours i,.track .ours{background-color:var(--ours)}"
	".key .theirs i,.track .theirs{background:var(--theirs);top:50%}"
	".key .held i,.track .held{background-color:var(--soft);background-image:"
	"repeating-linear-gradient(90deg,transparent 0 5px,var(--code) 5px 7px);opacity:.75}"
	".key .clash i,.track .clash{background-color:var(--clash);background-image:"
	"repeating-linear-gradient(-45deg,transparent 0 5px,var(--hatch) 5px 8px)}"
	".track em{position:absolute;inset:0;padding:.15rem .6rem;font-style:normal;"
	"font-size:.85rem;color:var(--soft);white-space:nowrap;overflow:hidden;"
	"text-overflow:ellipsis}"
	".axis{display:flex;justify-content:space-between;color:var(--soft);font-size:.8rem}"
	".plain{margin:.4rem 0 0;padding:0;list-style:none;font-size:.92rem}"
	".clashing{color:var(--clash);font-weight:600}"
	".tree,.tree ol{list-style:none;margin:0;padding:0}"
	".tree ol{padding-left:1.1rem;margin-left:.55rem;border-left:2px solid var(--line)}"
	".tree ol.cut{border-left:2px dashed var(--fail)}"
	".node{padding:.35rem 0}"
	".node.break>.box{border-color:var(--fail);border-style:dashed;border-width:2px}"
	".box{border:1px solid var(--line);border-radius:.5rem;padding:.5rem .7rem}"
	".box .who{color:var(--soft);font-size:.85rem;margin-left:.5rem}"
	".chips{display:flex;flex-wrap:wrap;gap:.3rem;margin-top:.35rem}"
	".chip{border:1px solid var(--pass);color:var(--pass);border-radius:1rem;"
	"padding:0 .6rem;font-size:.85rem}"
	".chip.kept{border-style:dashed;border-color:var(--soft);color:var(--soft)}"
	".chip.off{border-color:var(--line);color:var(--soft);text-decoration:line-through}"
	".chip.lost{border:2px dashed var(--fail);color:var(--fail);font-weight:600}"
	".broken{color:var(--fail);font-weight:600;margin:.4rem 0 0;font-size:.92rem}"
	".mounts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(17rem,100%),1fr));"
	"gap:.8rem}"
	".mounts .card{margin:0}.mounts .hint{margin:0}.mounts .hurt{border-left:.3rem solid "
	"var(--fail)}"
	".mounts code{font-weight:600}.mounts p{font-size:.92rem}";

static const char tables[] =
	"details{background:var(--card);border:1px solid var(--line);border-radius:.7rem;"
	"padding:.8rem 1.1rem}summary{cursor:pointer;font-weight:600}"
	".scroll{overflow-x:auto}"
	"table{border-collapse:collapse;width:100%;font-size:.92rem;margin-top:.6rem}"
	"td,th{text-align:left;vertical-align:top;padding:.3rem .9rem .3rem 0;"
	"border-top:1px solid var(--line)}"
	"thead th{border-top:0;color:var(--soft);font-weight:500}"
	"@media(max-width:34rem){.checks,.checks tbody,.checks tr,.checks td{display:block}"
	".checks td{border:0;padding:0}.checks tr{border-top:1px solid var(--line);"
	"padding:.35rem 0}}"
	".matrix{width:auto}.matrix td.m,.matrix th.m{text-align:center;padding:.3rem .45rem}"
	".matrix th.m{writing-mode:vertical-rl;transform:rotate(180deg);text-align:left;"
	"font-weight:400}"
	".matrix td:first-child,.matrix th:first-child{white-space:nowrap;position:sticky;left:0;"
	"background:var(--card)}"
	".groups{display:grid;gap:.8rem;grid-template-columns:"
	"repeat(auto-fill,minmax(min(18rem,100%),1fr))}.groups .card{margin:0}"
	"@media print{body{background:#fff}.card,details{break-inside:avoid}}";

void page_begin(struct text *to, const char *title)
{
	text_add(to, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
		     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
		     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		     "style-src 'unsafe-inline'\"/>\n");
	markup_add(to, "<title>%s</title>\n<style>", title);
	text_add(to, colours);
	text_add(to, frame);
	text_add(to, verdicts);
	text_add(to, drawings);
	text_add(to, tables);
	text_add(to, "</style>\n</head>\n<body>\n<main>\n");
}

void page_end(struct text *to)
{
	markup_add(to,
		"<footer>Made by rpod-doctor %s. What each check means is in "
		"rpod-checks(7).</footer>\n</main>\n</body>\n</html>\n",
		RPOD_VERSION);
}
