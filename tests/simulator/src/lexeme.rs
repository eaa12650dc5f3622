//! The words of a `$filter`: names, literals, brackets.

use serde_json::{Number, Value};

use crate::error::Refusal;

/// How long a filter may be, in bytes.
const LONGEST: usize = 8_000;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    Word(String),
    Literal(String),
    Open,
    Close,
    Comma,
    Colon,
}

/// Tokens with a place in them.
#[derive(Debug)]
pub(crate) struct Tokens {
    text: String,
    tokens: Vec<Token>,
    at: usize,
}

impl Tokens {
    pub(crate) fn of(text: &str) -> Result<Self, Refusal> {
        if text.len() > LONGEST {
            return Err(Refusal::bad_request("Invalid filter clause: The filter is too long."));
        }
        let mut chars = text.chars().peekable();
        let mut tokens = Vec::new();
        while let Some(c) = chars.next() {
            tokens.push(match c {
                c if c.is_whitespace() => continue,
                '(' => Token::Open,
                ')' => Token::Close,
                ',' => Token::Comma,
                ':' => Token::Colon,
                '\'' => Token::Literal(quoted(&mut chars).ok_or_else(|| unterminated(text))?),
                c if is_word(c) => {
                    let mut word = String::from(c);
                    while let Some(next) = chars.next_if(|c| is_word(*c)) {
                        word.push(next);
                    }
                    word = date_time(word, &mut chars);
                    Token::Word(word)
                }
                c => return Err(Refusal::bad_request(format!("Invalid filter clause: Syntax error: character '{c}' is not valid in '{text}'."))),
            });
        }
        Ok(Self { text: text.to_owned(), tokens, at: 0 })
    }

    pub(crate) fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    /// Goes past `token` if it is the next one.
    pub(crate) fn take(&mut self, token: &Token) -> bool {
        let is_next = self.tokens.get(self.at) == Some(token);
        self.at += usize::from(is_next);
        is_next
    }

    pub(crate) fn take_word(&mut self, word: &str) -> bool {
        self.take(&Token::Word(word.to_owned()))
    }

    pub(crate) fn expect(&mut self, token: &Token) -> Result<(), Refusal> {
        if self.take(token) { Ok(()) } else { Err(self.error()) }
    }

    pub(crate) fn word(&mut self) -> Result<String, Refusal> {
        match self.next() {
            Some(Token::Word(word)) => Ok(word),
            _ => Err(self.error()),
        }
    }

    /// A quoted text, a number, `true`, `false`, `null` or an instant.
    pub(crate) fn literal(&mut self) -> Result<Value, Refusal> {
        match self.next() {
            Some(Token::Literal(text)) => Ok(Value::String(text)),
            Some(Token::Word(word)) => match word.as_str() {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                "null" => Ok(Value::Null),
                number => match number.parse::<i64>() {
                    Ok(number) => Ok(Value::Number(Number::from(number))),
                    Err(_) if number.starts_with(|c: char| c.is_ascii_digit()) => Ok(Value::String(word)),
                    Err(_) => Err(self.error()),
                },
            },
            _ => Err(self.error()),
        }
    }

    pub(crate) fn error(&self) -> Refusal {
        Refusal::bad_request(format!("Invalid filter clause: Syntax error at position {} in '{}'.", self.at, self.text))
    }
}

fn unterminated(text: &str) -> Refusal {
    Refusal::bad_request(format!("Invalid filter clause: There is an unterminated string literal at position {} in '{text}'.", text.chars().count()))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '@' | '$' | '+')
}

/// The rest of a quoted text; a doubled quote is one quote.
fn quoted(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    let mut text = String::new();
    loop {
        match chars.next()? {
            '\'' if chars.next_if_eq(&'\'').is_some() => text.push('\''),
            '\'' => return Some(text),
            c => text.push(c),
        }
    }
}

/// An instant such as `2026-01-01T00:00:00Z` holds colons, which end other words.
fn date_time(mut word: String, chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    if word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('T') {
        while let Some(next) = chars.next_if(|c| is_word(*c) || *c == ':') {
            word.push(next);
        }
    }
    word
}
