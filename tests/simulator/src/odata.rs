//! The query options of a request: `$select`, `$expand`, `$filter`, `$top`, `$skip`, `$count`, `$orderby` and the tokens of links.

use crate::error::Refusal;
use crate::filter::Expr;
use crate::percent;

/// What the part of a URL after `?` asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    /// As sent, decoded, for links to the next page.
    pub pairs: Vec<(String, String)>,
    pub select: Option<Vec<String>>,
    /// Name and the text between its brackets.
    pub expand: Vec<(String, String)>,
    pub filter: Option<Expr>,
    pub top: Option<usize>,
    pub skip: usize,
    pub count: bool,
    /// Path, and whether it falls.
    pub orderby: Vec<(String, bool)>,
    pub search: bool,
    pub skip_token: Option<String>,
    pub delta_token: Option<String>,
}

impl Query {
    /// Reads the text after `?`.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let pairs = percent::decode_pairs(text).ok_or_else(|| Refusal::bad_request("The query string is not validly percent-encoded."))?;
        let mut query = Self::default();
        for (name, value) in &pairs {
            let bare = name.trim_start_matches('$').to_ascii_lowercase();
            let known = query.option(&bare, value)?;
            if !known && name.starts_with('$') {
                return Err(Refusal::bad_request(format!("The query parameter '{name}' is not supported.")));
            }
            let twice = pairs.iter().filter(|(n, _)| n.trim_start_matches('$').eq_ignore_ascii_case(&bare)).count() > 1;
            if known && twice {
                return Err(Refusal::bad_request(format!(
                    "Query option '{name}' was specified more than once, but it must be specified at most once."
                )));
            }
        }
        query.pairs = pairs;
        Ok(query)
    }

    /// Takes one option; `false` if the name is none of OData's.
    fn option(&mut self, name: &str, value: &str) -> Result<bool, Refusal> {
        match name {
            "select" => self.select = Some(list(value)),
            "expand" => self.expand = expand(value)?,
            "filter" => self.filter = Some(Expr::parse(value)?),
            "top" => self.top = Some(number(name, value)?),
            "skip" => self.skip = number(name, value)?,
            "count" => self.count = boolean(value)?,
            "orderby" => self.orderby = order(value)?,
            "search" => self.search = true,
            "skiptoken" => self.skip_token = Some(value.to_owned()),
            "deltatoken" => self.delta_token = Some(value.to_owned()),
            "format" => {}
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The link to another page: this URL with some options replaced.
    pub(crate) fn link(&self, base: &str, path: &str, replaced: &[(&str, String)]) -> String {
        let gone = |name: &str| replaced.iter().any(|(r, _)| r.trim_start_matches('$') == name.trim_start_matches('$').to_ascii_lowercase());
        let kept = self.pairs.iter().filter(|(name, _)| !gone(name)).map(|(n, v)| (n.as_str(), v.as_str()));
        let added = replaced.iter().map(|(n, v)| (*n, v.as_str()));
        let pairs: Vec<String> =
            kept.chain(added).map(|(n, v)| format!("{}={}", percent::encode(n).replace("%24", "$"), percent::encode(v))).collect();
        format!("{base}{path}?{}", pairs.join("&"))
    }

    /// Refuses to select what the type does not have.
    pub(crate) fn check_select(&self, type_name: &str, has: impl Fn(&str) -> bool) -> Result<(), Refusal> {
        match self.select.iter().flatten().find(|name| !has(name)) {
            None => Ok(()),
            Some(name) => Err(Refusal::bad_request(format!(
                "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type '{type_name}'."
            ))),
        }
    }

    /// Whether a property is to be shown.
    pub(crate) fn selects(&self, name: &str) -> bool {
        self.select.as_ref().is_none_or(|names| names.iter().any(|n| n.eq_ignore_ascii_case(name) || n == "*"))
    }
}

fn list(value: &str) -> Vec<String> {
    value.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

fn number(name: &str, value: &str) -> Result<usize, Refusal> {
    value.trim().parse().map_err(|_| {
        Refusal::bad_request(format!(
            "Invalid value '{value}' for ${name} query option found. The ${name} query option requires a non-negative integer value."
        ))
    })
}

fn boolean(value: &str) -> Result<bool, Refusal> {
    match value.trim().to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Refusal::bad_request(format!("Invalid value '{value}' for $count query option found. Valid values are 'true' or 'false'."))),
    }
}

fn order(value: &str) -> Result<Vec<(String, bool)>, Refusal> {
    list(value)
        .into_iter()
        .map(|part| {
            let mut words = part.split_whitespace();
            let path = words.next().unwrap_or_default().to_owned();
            match (words.next(), words.next()) {
                (None | Some("asc"), None) => Ok((path, false)),
                (Some("desc"), None) => Ok((path, true)),
                _ => Err(Refusal::bad_request(format!("Invalid orderby clause: Syntax error in '{value}'."))),
            }
        })
        .collect()
}

/// Splits `a(x;y),b` into names and the text in their brackets; quotes protect commas and brackets.
fn expand(value: &str) -> Result<Vec<(String, String)>, Refusal> {
    let (mut parts, mut name, mut inner) = (Vec::new(), String::new(), String::new());
    let (mut depth, mut is_quoted) = (0_u32, false);
    for c in value.chars() {
        if c == '\'' {
            is_quoted = !is_quoted;
        }
        match c {
            '(' if !is_quoted => {
                depth += 1;
                if depth == 1 {
                    continue;
                }
            }
            ')' if !is_quoted => {
                depth = depth.checked_sub(1).ok_or_else(|| wrong_expand(value))?;
                if depth == 0 {
                    continue;
                }
            }
            ',' if !is_quoted && depth == 0 => {
                parts.push((std::mem::take(&mut name).trim().to_owned(), std::mem::take(&mut inner)));
                continue;
            }
            _ => {}
        }
        if depth == 0 { name.push(c) } else { inner.push(c) }
    }
    parts.push((name.trim().to_owned(), inner));
    if depth > 0 || is_quoted || parts.iter().any(|(name, _)| name.is_empty()) {
        return Err(wrong_expand(value));
    }
    Ok(parts)
}

fn wrong_expand(value: &str) -> Refusal {
    Refusal::bad_request(format!("Parsing OData Select and Expand failed: Syntax error in '{value}'."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_quotes_of_an_expand_are_kept_together() {
        let query = Query::parse("$expand=singleValueExtendedProperties(%24filter=id%20eq%20'String%20{x},)%20Name%20K'),photo").unwrap();
        let expected = ("singleValueExtendedProperties".to_owned(), "$filter=id eq 'String {x},) Name K'".to_owned());
        assert_eq!(query.expand, [expected, ("photo".to_owned(), String::new())]);
        for wrong in ["$expand=a(", "$expand=a)", "$expand=,", "$top=-1", "$count=yes", "$foo=1", "$top=1&$top=2", "$filter=%zz", "$orderby=a b c"] {
            assert_eq!(Query::parse(wrong).unwrap_err().status, 400, "{wrong}");
        }
    }

    #[test]
    fn a_link_keeps_the_options_and_replaces_the_place() {
        let query = Query::parse("$select=id&%24top=2&$skip=2").unwrap();
        assert_eq!(query.link("http://h/v1.0", "/users", &[("$skip", "4".to_owned())]), "http://h/v1.0/users?$select=id&$top=2&$skip=4");
    }
}
