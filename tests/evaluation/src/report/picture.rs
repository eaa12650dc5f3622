//! The picture: CPU seconds for all users against the number of records, each way a line, both scales logarithmic.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 460.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 230.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;
/// Colours that are told apart by people who do not see all of them, too.
const COLOURS: [&str; 8] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999"];

/// Draws the figures of earlier runs, as SVG.
pub fn picture(runs: &[Value]) -> String {
    let lines = lines(runs);
    let all = || lines.values().flatten();
    let (x, y) = (Scale::over(all().map(|(x, _)| *x), LEFT, WIDTH - RIGHT), Scale::over(all().map(|(_, y)| *y), HEIGHT - BOTTOM, TOP));
    let mut svg = String::new();
    // INVARIANT: writing to a String does not fail.
    _ = writeln!(svg, r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">"#);
    _ = writeln!(svg, r##"<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>"##);
    _ = writeln!(svg, r#"<text x="{LEFT}" y="22" font-size="14">CPU seconds, client and server, to decide for all users</text>"#);
    for power in y.powers() {
        let at = y.place(10_f64.powi(power));
        _ = writeln!(svg, r##"<line x1="{LEFT}" y1="{at:.1}" x2="{:.1}" y2="{at:.1}" stroke="#dddddd"/>"##, WIDTH - RIGHT);
        _ = writeln!(svg, r#"<text x="{:.1}" y="{:.1}" text-anchor="end">{}</text>"#, LEFT - 8.0, at + 4.0, plain(10_f64.powi(power)));
    }
    let sizes: BTreeMap<u64, String> = runs.iter().filter_map(|run| Some((run.get("records")?.as_u64()?, size(run)?))).collect();
    for (records, name) in &sizes {
        let at = x.place(*records as f64);
        _ = writeln!(svg, r##"<line x1="{at:.1}" y1="{TOP}" x2="{at:.1}" y2="{:.1}" stroke="#dddddd"/>"##, HEIGHT - BOTTOM);
        _ = writeln!(svg, r#"<text x="{at:.1}" y="{:.1}" text-anchor="middle">{name}</text>"#, HEIGHT - BOTTOM + 18.0);
    }
    let mut ends = Vec::new();
    for ((name, points), colour) in lines.iter().zip(COLOURS.iter().copied().cycle()) {
        line(&mut svg, points, (colour, &x, &y));
        ends.extend(points.last().map(|(records, seconds)| (x.place(*records), y.place(*seconds), name.as_str(), colour)));
    }
    names(&mut svg, ends);
    svg.push_str("</svg>\n");
    svg
}

fn line(svg: &mut String, points: &[(f64, f64)], (colour, x, y): (&str, &Scale, &Scale)) {
    let placed: Vec<(f64, f64)> = points.iter().map(|(records, seconds)| (x.place(*records), y.place(*seconds))).collect();
    let path: Vec<String> = placed.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    _ = writeln!(svg, r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2"/>"#, path.join(" "));
    for (x, y) in &placed {
        _ = writeln!(svg, r#"<circle cx="{x:.1}" cy="{y:.1}" r="3" fill="{colour}"/>"#);
    }
}

/// Writes the names at the ends of their lines, one below another where they would overlap.
fn names(svg: &mut String, mut ends: Vec<(f64, f64, &str, &str)>) {
    ends.sort_by(|(_, left, ..), (_, right, ..)| left.total_cmp(right));
    let mut least = 0.0_f64;
    for (x, y, name, colour) in ends {
        let at = least.max(y + 4.0);
        least = at + 14.0;
        _ = writeln!(svg, r#"<text x="{:.1}" y="{at:.1}" fill="{colour}">{}</text>"#, x + 8.0, escaped(name));
    }
}

/// The points of each way: records and CPU seconds for all users, by records.
fn lines(runs: &[Value]) -> BTreeMap<String, Vec<(f64, f64)>> {
    let mut lines: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for run in runs {
        let database = run.get("database").and_then(Value::as_str).unwrap_or_default();
        for way in run.get("ways").and_then(Value::as_array).into_iter().flatten() {
            let number = |key: &str| way.get(key).and_then(Value::as_f64).filter(|number| *number > 0.0);
            let name = way.get("name").and_then(Value::as_str).unwrap_or_default();
            // Parts of a way have names that stand further in.
            if let Some(point) = number("records").zip(number("cpu_seconds_all_users")).filter(|_| !name.starts_with(' ')) {
                lines.entry(if database == "sqlite" { format!("{name} (SQLite)") } else { name.to_owned() }).or_default().push(point);
            }
        }
    }
    for points in lines.values_mut() {
        points.sort_by(|(left, _), (right, _)| left.total_cmp(right));
    }
    lines
}

fn size(run: &Value) -> Option<String> {
    let (name, records, users) = (run.get("size")?.as_str()?, run.get("records")?.as_u64()?, run.get("users")?.as_u64()?);
    Some(format!("{name}: {records} × {users}"))
}

fn plain(number: f64) -> String {
    if number >= 1.0 { format!("{number:.0}") } else { number.to_string() }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A logarithmic scale.
struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// A scale that reaches over all values, from the whole power of ten below them to the one above.
    fn over(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value.log10()), high.max(value.log10())));
        if low > high {
            return Self { low: 0.0, high: 1.0, from, to };
        }
        Self { low: low.floor(), high: high.ceil().max(low.floor() + 1.0), from, to }
    }

    fn place(&self, value: f64) -> f64 {
        self.from + (value.log10() - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    fn powers(&self) -> impl Iterator<Item = i32> {
        self.low as i32..=self.high as i32
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(size: &str, records: u64, seconds: f64) -> Value {
        let ways = json!([{ "name": "a <way>", "records": records, "cpu_seconds_all_users": seconds },
            { "name": "  its part", "records": records, "cpu_seconds_all_users": seconds },
            { "name": "wall only", "records": records, "cpu_seconds_all_users": null }]);
        json!({ "size": size, "database": "postgres", "records": records, "users": 100, "ways": ways })
    }

    #[test]
    fn a_way_is_a_line_through_all_sizes() {
        let svg = picture(&[run("L", 1_000_000, 1_000.0), run("S", 10_000, 1.0)]);
        assert_eq!(svg.matches("<polyline").count(), 1);
        assert_eq!(svg.matches("<circle").count(), 2);
        assert!(svg.contains("a &lt;way&gt;") && svg.contains("L: 1000000 × 100") && !svg.contains("NaN"));
        // From the left and below to the right and above, whatever the order of the runs.
        assert!(svg.contains(&format!(r#"points="{LEFT:.1},{:.1} {:.1},{TOP:.1}""#, HEIGHT - BOTTOM, WIDTH - RIGHT)), "{svg}");
    }

    #[test]
    fn no_figures_give_an_empty_picture() {
        assert!(!picture(&[]).contains("polyline"));
    }
}
