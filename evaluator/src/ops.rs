//! Operators.

use conex_parser::ir::BinaryOp;

use crate::code::{BinaryCode, Code, InterpolateCode, OperandCode, PartCode};
use crate::coerce::{Coercion, StringBuilder};
use crate::error::{Error, Result};
use crate::eval::Frame;
use crate::evaluator::Evaluator;
use crate::memory::{List, Value, View};

impl<'h> Evaluator<'h> {
    pub(crate) fn negate(&mut self, code: &OperandCode<'h>, frame: Frame<'h>) -> Result<Value<'h>> {
        let value = self.eval(&code.operand, frame)?;
        match value.view() {
            View::Float(float) => Ok(Value::float(self.heap, 0.0 - float)),
            _ => self.subtract(self.int(0), value).map_err(|error| error.at(code.at)),
        }
    }

    pub(crate) fn binary(&mut self, code: &BinaryCode<'h>, frame: Frame<'h>) -> Result<Value<'h>> {
        match code.op {
            BinaryOp::And => {
                let left = self.eval_bool(&code.left, code.left_at, frame)?;
                let both = left && self.eval_bool(&code.right, code.right_at, frame)?;
                return Ok(Value::bool(both));
            }
            BinaryOp::Or => {
                let left = self.eval_bool(&code.left, code.left_at, frame)?;
                let either = left || self.eval_bool(&code.right, code.right_at, frame)?;
                return Ok(Value::bool(either));
            }
            BinaryOp::Implies => {
                let left = self.eval_bool(&code.left, code.left_at, frame)?;
                let holds = !left || self.eval_bool(&code.right, code.right_at, frame)?;
                return Ok(Value::bool(holds));
            }
            _ => {}
        }
        let (left, right) = self.operands(code, frame)?;
        self.operate(code, left, right).map_err(|error| error.at(code.at))
    }

    /// Both operands, in the order in which Nix evaluates them: `a > b` is
    /// `b < a` there.
    fn operands(
        &mut self,
        code: &BinaryCode<'h>,
        frame: Frame<'h>,
    ) -> Result<(Value<'h>, Value<'h>)> {
        if matches!(code.op, BinaryOp::Greater | BinaryOp::LessOrEqual) {
            let right = self.eval(&code.right, frame)?;
            let left = self.eval(&code.left, frame)?;
            return Ok((left, right));
        }
        let left = self.eval(&code.left, frame)?;
        let right = self.eval(&code.right, frame)?;
        Ok((left, right))
    }

    fn operate(
        &mut self,
        code: &BinaryCode<'h>,
        left: Value<'h>,
        right: Value<'h>,
    ) -> Result<Value<'h>> {
        match code.op {
            BinaryOp::Add => self.add(left, right),
            BinaryOp::Subtract => self.subtract(left, right),
            BinaryOp::Multiply => self.multiply(left, right),
            BinaryOp::Divide => self.divide(left, right),
            BinaryOp::Concat => {
                let left = self.force_list(left).map_err(|error| error.at(code.left_at))?;
                let right = self.force_list(right).map_err(|error| error.at(code.right_at))?;
                Ok(self.concat(left, right).into())
            }
            BinaryOp::Update => {
                let left = self.force_attrs(left).map_err(|error| error.at(code.left_at))?;
                let right = self.force_attrs(right).map_err(|error| error.at(code.right_at))?;
                Ok(left.update(self.heap, right).into())
            }
            BinaryOp::Equal => Ok(Value::bool(self.equal(left, right)?)),
            BinaryOp::NotEqual => Ok(Value::bool(!self.equal(left, right)?)),
            BinaryOp::Less => Ok(Value::bool(self.less(left, right)?)),
            BinaryOp::LessOrEqual => Ok(Value::bool(!self.less(right, left)?)),
            BinaryOp::Greater => Ok(Value::bool(self.less(right, left)?)),
            BinaryOp::GreaterOrEqual => Ok(Value::bool(!self.less(left, right)?)),
            // Handled by `binary`, which does not evaluate the right side
            // when the left one decides.
            BinaryOp::And | BinaryOp::Or | BinaryOp::Implies => Ok(Value::FALSE),
        }
    }

    fn concat(&mut self, left: List<'h>, right: List<'h>) -> List<'h> {
        if left.is_empty() {
            return right;
        }
        if right.is_empty() {
            return left;
        }
        let elements = left.as_slice().iter().chain(right.as_slice()).copied();
        List::collect(self.heap, left.len() + right.len(), elements)
    }

    /// `a + b`: numbers, or strings and paths joined.
    pub(crate) fn add(&mut self, left: Value<'h>, right: Value<'h>) -> Result<Value<'h>> {
        match (left.view(), right.view()) {
            (View::Int(a), View::Int(b)) => match a.checked_add(b) {
                Some(sum) => Ok(self.int(sum)),
                None => Err(overflow("adding", a, '+', b)),
            },
            (View::Int(a), View::Float(b)) => Ok(Value::float(self.heap, a as f64 + b)),
            (View::Float(a), View::Int(b)) => Ok(Value::float(self.heap, a + b as f64)),
            (View::Float(a), View::Float(b)) => Ok(Value::float(self.heap, a + b)),
            (View::Int(_), _) => {
                let found = self.describe_kind(right);
                Err(Error::type_error(format!("cannot add {found} to an integer")))
            }
            (View::Float(_), _) => {
                let found = self.describe_kind(right);
                Err(Error::type_error(format!("cannot add {found} to a float")))
            }
            (View::Path(path), _) => {
                let mut joined = path.to_vec();
                let part = self.coerce_to_path_part(right)?;
                joined.extend_from_slice(&part);
                let path = crate::path::canonical(&String::from_utf8_lossy(&joined));
                Ok(Value::path(self.heap, path.as_bytes()))
            }
            _ => {
                let mut string = StringBuilder::default();
                self.coerce_into(&mut string, left, Coercion::INTERPOLATE)?;
                self.coerce_into(&mut string, right, Coercion::INTERPOLATE)?;
                Ok(string.finish(self.heap))
            }
        }
    }

    pub(crate) fn subtract(&mut self, left: Value<'h>, right: Value<'h>) -> Result<Value<'h>> {
        self.arithmetic(left, right, ("subtracting", '-'), i64::checked_sub, |a, b| a - b)
    }

    pub(crate) fn multiply(&mut self, left: Value<'h>, right: Value<'h>) -> Result<Value<'h>> {
        self.arithmetic(left, right, ("multiplying", '*'), i64::checked_mul, |a, b| a * b)
    }

    pub(crate) fn divide(&mut self, left: Value<'h>, right: Value<'h>) -> Result<Value<'h>> {
        let zero = match right.view() {
            View::Int(int) => int == 0,
            View::Float(float) => float == 0.0,
            _ => false,
        };
        if zero {
            return Err(Error::type_error("division by zero"));
        }
        self.arithmetic(left, right, ("dividing", '/'), i64::checked_div, |a, b| a / b)
    }

    fn arithmetic(
        &mut self,
        left: Value<'h>,
        right: Value<'h>,
        (doing, sign): (&str, char),
        ints: fn(i64, i64) -> Option<i64>,
        floats: fn(f64, f64) -> f64,
    ) -> Result<Value<'h>> {
        match (left.view(), right.view()) {
            (View::Int(a), View::Int(b)) => match ints(a, b) {
                Some(result) => Ok(self.int(result)),
                None => Err(overflow(doing, a, sign, b)),
            },
            (View::Int(_) | View::Float(_), View::Int(_) | View::Float(_)) => {
                let (a, b) = (self.force_float(left)?, self.force_float(right)?);
                Ok(Value::float(self.heap, floats(a, b)))
            }
            (View::Float(_), _) => Err(self.expected("a float", right)),
            (View::Int(_), _) => Err(self.expected("an integer", right)),
            (_, View::Float(_)) => Err(self.expected("a float", left)),
            _ => Err(self.expected("an integer", left)),
        }
    }

    pub(crate) fn interpolate(
        &mut self,
        code: &InterpolateCode<'h>,
        frame: Frame<'h>,
    ) -> Result<Value<'h>> {
        let mut string = StringBuilder::default();
        for part in code.parts {
            match part {
                PartCode::Text(text) => string.push(text),
                PartCode::Expr(Code::Const(value), _) => {
                    self.coerce_into(&mut string, *value, Coercion::INTERPOLATE)?;
                }
                PartCode::Expr(code, at) => {
                    let value = self.eval(code, frame)?;
                    self.coerce_into(&mut string, value, Coercion::INTERPOLATE)
                        .map_err(|error| error.at(*at))?;
                }
            }
        }
        Ok(string.finish(self.heap))
    }
}

fn overflow(doing: &str, a: i64, sign: char, b: i64) -> Error {
    Error::type_error(format!("integer overflow in {doing} {a} {sign} {b}"))
}
