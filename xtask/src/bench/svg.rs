//! Drawings as text: small, without scripts or fonts, in light, dark and on paper.

use core::fmt::{Display, Write as _};

/// Colours by role, in plain CSS: many viewers know no variables. Marks also differ in shape, so that
/// paper and colour-blind eyes tell them apart.
const STYLE: &str = "\
<style>
  text { font: 12px system-ui, 'DejaVu Sans', sans-serif; fill: #1f2328; }
  .paper { fill: #ffffff; }
  .title { font-weight: 600; }
  .small { font-size: 11px; fill: #57606a; }
  .ours { font-weight: 600; fill: #0550ae; }
  .grid { stroke: #d0d7de; stroke-width: 1; }
  .line { stroke: #0550ae; stroke-width: 2; fill: none; }
  .dot-ours { fill: #0550ae; stroke: #0550ae; stroke-width: 2; }
  .dot-peer { fill: #57606a; stroke: #57606a; stroke-width: 2; }
  .dot-bad { fill: #ffffff; stroke: #a40e26; stroke-width: 2; }
  @media screen and (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .paper { fill: #0d1117; }
    .small { fill: #9198a1; }
    .ours { fill: #79c0ff; }
    .grid { stroke: #3d444d; }
    .line { stroke: #79c0ff; }
    .dot-ours { fill: #79c0ff; stroke: #79c0ff; }
    .dot-peer { fill: #b1bac4; stroke: #b1bac4; }
    .dot-bad { fill: #0d1117; stroke: #ff7b72; }
  }
</style>
";

/// A drawing that grows.
#[derive(Debug)]
pub(super) struct Svg {
    width: f64,
    height: f64,
    title: String,
    body: String,
}

impl Svg {
    /// An empty drawing. `title` is what a screen reader says.
    pub(super) fn new(width: f64, height: f64, title: &str) -> Self {
        Self {
            width,
            height,
            title: title.to_owned(),
            body: String::new(),
        }
    }

    /// A text whose `anchor` (`start`, `middle` or `end`) is at a point.
    pub(super) fn text(&mut self, at: (f64, f64), anchor: &str, class: &str, text: impl Display) {
        let (x, y) = at;
        let text = escape(&text.to_string());
        self.push(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" class=\"{class}\">{text}</text>"
        ));
    }

    /// A straight line of the grid.
    pub(super) fn rule(&mut self, from: (f64, f64), to: (f64, f64)) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.push(format_args!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" class=\"grid\"/>"
        ));
    }

    /// A line through points.
    pub(super) fn path(&mut self, points: &[(f64, f64)]) {
        let points: Vec<String> = points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let points = points.join(" ");
        self.push(format_args!(
            "<polyline points=\"{points}\" class=\"line\"/>"
        ));
    }

    /// A mark.
    pub(super) fn dot(&mut self, at: (f64, f64), class: &str) {
        let (x, y) = at;
        self.push(format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" class=\"{class}\"/>"
        ));
    }

    /// The whole file.
    pub(super) fn finish(self) -> String {
        let Self {
            width,
            height,
            title,
            body,
        } = self;
        let title = escape(&title);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\">\n<title>{title}</title>\n\
             {STYLE}<rect width=\"100%\" height=\"100%\" class=\"paper\"/>\n{body}</svg>\n"
        )
    }

    fn push(&mut self, element: core::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = writeln!(self.body, "{element}");
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// A count as people read it: `774`, `15.4 k`, `1.98 M`.
pub(super) fn short(count: f64) -> String {
    match count {
        10_000_000.0.. => format!("{:.1} M", count / 1e6),
        1_000_000.0.. => format!("{:.2} M", count / 1e6),
        100_000.0.. => format!("{:.0} k", count / 1e3),
        10_000.0.. => format!("{:.1} k", count / 1e3),
        _ => format!("{count:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_break_the_drawing() {
        let mut svg = Svg::new(10.0, 10.0, "a < b");
        svg.text((1.0, 2.0), "start", "small", "x & <y>");
        let text = svg.finish();
        assert!(text.contains("<title>a &lt; b</title>"));
        assert!(text.contains(">x &amp; &lt;y&gt;</text>"));
        assert!(text.trim_end().ends_with("</svg>"));
    }

    #[test]
    fn counts_are_short() {
        let all = [774.4, 15_388.0, 174_034.0, 1_976_580.0].map(short);
        assert_eq!(all, ["774", "15.4 k", "174 k", "1.98 M"]);
    }
}
