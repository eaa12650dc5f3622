//! As much of JSON Schema as our description uses; what it does not know fails.

use serde_json::Value;

/// What a reference means.
pub fn resolve<'d>(document: &'d Value, node: &'d Value) -> &'d Value {
    match node["$ref"].as_str() {
        Some(to) => document.pointer(to.trim_start_matches('#')).unwrap_or_else(|| panic!("no {to}")),
        None => node,
    }
}

/// Asserts that a value fits its schema.
pub fn fits(document: &Value, schema: &Value, value: &Value, place: &str) {
    let schema = resolve(document, schema);
    for (word, rule) in schema.as_object().expect("a schema") {
        match word.as_str() {
            "type" => {
                let types = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                assert!(types.iter().any(|one| *one == kind(value)), "{place}: {value} is none of {rule}");
            }
            "const" => assert_eq!(value, rule, "{place}"),
            "enum" => assert!(rule.as_array().unwrap().contains(value), "{place}: {value} is none of {rule}"),
            "minimum" => assert!(value.as_i64() >= rule.as_i64(), "{place}: {value}"),
            "format" if value.is_null() => {}
            "format" => match rule.as_str().unwrap() {
                "uuid" => assert_eq!(value.as_str().unwrap().len(), 36, "{place}: {value}"),
                "date-time" => drop(chrono::DateTime::parse_from_rfc3339(value.as_str().unwrap()).expect(place)),
                other => panic!("{place}: unknown format {other}"),
            },
            "oneOf" => {
                let one = rule.as_array().unwrap().iter().find(|one| one["type"] != "null" || value.is_null()).expect(place);
                if !value.is_null() {
                    fits(document, one, value, place);
                }
            }
            "required" => {
                for name in rule.as_array().unwrap() {
                    assert!(value.get(name.as_str().unwrap()).is_some(), "{place}: no {name} in {value}");
                }
            }
            "items" => value.as_array().unwrap().iter().for_each(|item| fits(document, rule, item, place)),
            "properties" => {
                for (name, rule) in rule.as_object().unwrap() {
                    value.get(name).into_iter().for_each(|value| fits(document, rule, value, &format!("{place}.{name}")));
                }
            }
            "additionalProperties" => {
                for (name, value) in value.as_object().unwrap() {
                    if schema["properties"].get(name).is_none() {
                        assert!(rule.is_object(), "{place}: {name} is not described");
                        fits(document, rule, value, &format!("{place}.{name}"));
                    }
                }
            }
            "description" => {}
            other => panic!("{place}: the test does not know `{other}`"),
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
