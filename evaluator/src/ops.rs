//! Operators.

use conex_parser::ir::BinaryOp;

use crate::call::stack_overflow;
use crate::code::{BinaryCode, Code, InterpolateCode, OperandCode, PartCode};
use crate::coerce::{Coercion, StringBuilder};
use crate::error::{Error, Place, Result, When};
use crate::eval::{Frame, NOT};
use crate::evaluator::Evaluator;
use crate::memory::{Attrs, Buffer, List, Value, View};
use crate::source::ExprPos;

const AND: [&str; 2] = [
    "in the left operand of the AND (&&) operator",
    "in the right operand of the AND (&&) operator",
];
const OR: [&str; 2] =
    ["in the left operand of the OR (||) operator", "in the right operand of the OR (||) operator"];
const IMPLIES: [&str; 2] = [
    "in the left operand of the IMPL (->) operator",
    "in the right operand of the IMPL (->) operator",
];
const UPDATE: [&str; 2] = [
    "in the left operand of the update (//) operator",
    "in the right operand of the update (//) operator",
];
const ELEMENTS: &str = "while evaluating one of the elements to concatenate";

/// What messages say of an arithmetic operation.
struct Operation {
    doing: &'static str,
    sign: char,
    operands: [&'static str; 2],
}

const ADDITION: Operation = Operation {
    doing: "adding",
    sign: '+',
    operands: [
        "while evaluating the first argument of the addition",
        "while evaluating the second argument of the addition",
    ],
};
const SUBTRACTION: Operation = Operation {
    doing: "subtracting",
    sign: '-',
    operands: [
        "while evaluating the first argument of the subtraction",
        "while evaluating the second argument of the subtraction",
    ],
};
const MULTIPLICATION: Operation = Operation {
    doing: "multiplying",
    sign: '*',
    operands: [
        "while evaluating the first argument of the multiplication",
        "while evaluating the second argument of the multiplication",
    ],
};
const DIVISION: Operation = Operation {
    doing: "dividing",
    sign: '/',
    operands: [
        "while evaluating the first operand of the division",
        "while evaluating the second operand of the division",
    ],
};

/// Adds the builtin that an operator is to the trace.
fn in_operator(error: Error, code: &BinaryCode<'_>) -> Error {
    let name = match code.op {
        BinaryOp::Subtract => "while calling the 'sub' builtin",
        BinaryOp::Multiply => "while calling the 'mul' builtin",
        BinaryOp::Divide => "while calling the 'div' builtin",
        _ => "while calling the 'lessThan' builtin",
    };
    not_less(in_call(error, name, code.at), code)
}

/// `<=` and `>=` are the opposite of `<`.
fn not_less(error: Error, code: &BinaryCode<'_>) -> Error {
    match code.op {
        BinaryOp::LessOrEqual | BinaryOp::GreaterOrEqual => {
            error.context(NOT, Place::Expr(code.at))
        }
        _ => error,
    }
}

/// `-x` is `0 - x`.
fn negating(error: Error, at: ExprPos) -> Error {
    in_call(error, "while calling the 'sub' builtin", at)
}

fn in_call(error: Error, name: &'static str, at: ExprPos) -> Error {
    let error = error.demanded_at(Place::None).near(at);
    if error.is_unknown() {
        return error;
    }
    error.frame(ExprPos::NONE, name, Place::Expr(at), When::Few)
}

impl<'h> Evaluator<'h> {
    pub(crate) fn negate(&mut self, code: &OperandCode<'h>, frame: Frame<'h>) -> Result<Value<'h>> {
        let value = self.eval(&code.operand, frame).map_err(|error| negating(error, code.at))?;
        match value.view() {
            View::Float(float) => Ok(Value::float(self.heap, 0.0 - float)),
            _ => self.subtract(self.int(0), value).map_err(|error| negating(error, code.at)),
        }
    }

    pub(crate) fn binary(&mut self, code: &BinaryCode<'h>, frame: Frame<'h>) -> Result<Value<'h>> {
        match code.op {
            BinaryOp::And => {
                let both = self.condition(code, &AND, frame)?
                    && self.second_condition(code, &AND, frame)?;
                Ok(Value::bool(both))
            }
            BinaryOp::Or => {
                let either =
                    self.condition(code, &OR, frame)? || self.second_condition(code, &OR, frame)?;
                Ok(Value::bool(either))
            }
            BinaryOp::Implies => {
                let holds = !self.condition(code, &IMPLIES, frame)?
                    || self.second_condition(code, &IMPLIES, frame)?;
                Ok(Value::bool(holds))
            }
            BinaryOp::Add => self.eval_add(code, frame),
            BinaryOp::Update => self.update(code, frame),
            BinaryOp::Concat => {
                let left = self.operand(&code.left, frame)?;
                let right = self.operand(&code.right, frame)?;
                let place = Place::Expr(code.at);
                let left = self.list_at(left, ELEMENTS, place).map_err(|e| e.near(code.left_at))?;
                let right =
                    self.list_at(right, ELEMENTS, place).map_err(|e| e.near(code.right_at))?;
                Ok(self.concat(left, right)?.into())
            }
            BinaryOp::Equal | BinaryOp::NotEqual => {
                let left = self.operand(&code.left, frame)?;
                let right = self.operand(&code.right, frame)?;
                self.check_depth(code).map_err(|error| error.placed(Place::None))?;
                let equal = self.equal(left, right).map_err(|error| error.at(code.at))?;
                Ok(Value::bool(equal == (code.op == BinaryOp::Equal)))
            }
            _ => {
                self.check_depth(code).map_err(|error| not_less(error, code))?;
                self.operands(code, frame)
                    .and_then(|(left, right)| self.operate(code, left, right))
                    .map_err(|error| in_operator(error, code))
            }
        }
    }

    /// These operators are calls for Nix, which may be nested too deep.
    #[inline]
    fn check_depth(&self, code: &BinaryCode<'h>) -> Result<()> {
        if self.call_depth > self.settings.max_call_depth {
            return Err(stack_overflow().placed(Place::Expr(code.at)).near(code.at));
        }
        Ok(())
    }

    fn condition(
        &mut self,
        code: &BinaryCode<'h>,
        [context, _]: &[&'static str; 2],
        frame: Frame<'h>,
    ) -> Result<bool> {
        self.eval_bool(&code.left, code.left_at, frame)
            .map_err(|error| error.condition(context, Place::Expr(code.at)))
    }

    fn second_condition(
        &mut self,
        code: &BinaryCode<'h>,
        [_, context]: &[&'static str; 2],
        frame: Frame<'h>,
    ) -> Result<bool> {
        self.eval_bool(&code.right, code.right_at, frame)
            .map_err(|error| error.condition(context, Place::Expr(code.at)))
    }

    /// `a // b`, `b` first.
    fn update(&mut self, code: &BinaryCode<'h>, frame: Frame<'h>) -> Result<Value<'h>> {
        let right = self.updated(&code.right, code.right_at, frame, UPDATE[1])?;
        match self.updated(&code.left, code.left_at, frame, UPDATE[0]) {
            Ok(left) => Ok(left.update(self.heap, right).into()),
            Err(error) if error.is_unknown() => Ok(self.over_unknown(&error, right).into()),
            Err(error) => Err(error),
        }
    }

    /// What is put over a set that nobody knows is known all the same.
    fn over_unknown(&self, error: &Error, over: Attrs<'h>) -> Attrs<'h> {
        let message = error.message();
        let reason = message.split_once("depends on ").map_or(message, |(_, reason)| reason);
        let reason = reason.strip_prefix("what is in ").unwrap_or(reason);
        let nothing = Attrs::open(self.heap, &mut Buffer::new(self.heap), self.str(reason));
        nothing.update(self.heap, over)
    }

    fn updated(
        &mut self,
        operand: &Code<'h>,
        at: ExprPos,
        frame: Frame<'h>,
        context: &'static str,
    ) -> Result<Attrs<'h>> {
        let value = self.eval(operand, frame);
        if let Ok(value) = &value
            && let View::Attrs(attrs) = value.view()
        {
            return Ok(attrs);
        }
        let error = match value {
            Ok(value) => self.expected("a set", value),
            Err(error) => error,
        };
        // Several updates in a row are one, whose operands tell of themselves.
        if matches!(operand, Code::Binary(code) if code.op == BinaryOp::Update) {
            return Err(error);
        }
        Err(error.near(at).context(context, Place::Expr(at)))
    }

    /// `a + b`; what of `a` can not become a string is told before `b` is
    /// evaluated.
    fn eval_add(&mut self, code: &BinaryCode<'h>, frame: Frame<'h>) -> Result<Value<'h>> {
        let left = self.operand(&code.left, frame)?;
        let result = match left.view() {
            View::Int(_) | View::Float(_) | View::Path(_) | View::Str(_) => {
                let right = self.operand(&code.right, frame)?;
                self.add(left, right).map_err(|error| error.demanded_at(Place::Right(code.at)))
            }
            _ => {
                let mut string = StringBuilder::default();
                self.coerce_into(&mut string, left, Coercion::INTERPOLATE)
                    .map_err(|error| error.demanded_at(Place::Left(code.at)).near(code.at))?;
                let right = self.operand(&code.right, frame)?;
                self.coerce_into(&mut string, right, Coercion::INTERPOLATE)
                    .map_err(|error| error.demanded_at(Place::Right(code.at)))
                    .map(|()| string.finish(self.heap))
            }
        };
        result.map_err(|error| error.near(code.at))
    }

    /// Both operands, in the order in which Nix evaluates them: `a > b` is
    /// `b < a` there.
    fn operands(
        &mut self,
        code: &BinaryCode<'h>,
        frame: Frame<'h>,
    ) -> Result<(Value<'h>, Value<'h>)> {
        if matches!(code.op, BinaryOp::Greater | BinaryOp::LessOrEqual) {
            let right = self.operand(&code.right, frame)?;
            let left = self.operand(&code.left, frame)?;
            return Ok((left, right));
        }
        let left = self.operand(&code.left, frame)?;
        let right = self.operand(&code.right, frame)?;
        Ok((left, right))
    }

    /// The operators that are calls of builtins in Nix.
    fn operate(
        &mut self,
        code: &BinaryCode<'h>,
        left: Value<'h>,
        right: Value<'h>,
    ) -> Result<Value<'h>> {
        match code.op {
            BinaryOp::Subtract => self.subtract(left, right),
            BinaryOp::Multiply => self.multiply(left, right),
            BinaryOp::Divide => self.divide(left, right),
            BinaryOp::LessOrEqual => Ok(Value::bool(!self.less(right, left)?)),
            BinaryOp::Greater => Ok(Value::bool(self.less(right, left)?)),
            BinaryOp::GreaterOrEqual => Ok(Value::bool(!self.less(left, right)?)),
            // The others are handled by `binary`.
            _ => Ok(Value::bool(self.less(left, right)?)),
        }
    }

    fn concat(&mut self, left: List<'h>, right: List<'h>) -> Result<List<'h>> {
        if left.is_empty() {
            return Ok(right);
        }
        if right.is_empty() {
            return Ok(left);
        }
        self.admit_elements(left.len() + right.len())?;
        let elements = left.as_slice().iter().chain(right.as_slice()).copied();
        Ok(List::collect(self.heap, left.len() + right.len(), elements))
    }

    /// `a + b`: numbers, or strings and paths joined.
    pub(crate) fn add(&mut self, left: Value<'h>, right: Value<'h>) -> Result<Value<'h>> {
        match (left.view(), right.view()) {
            (View::Int(a), View::Int(b)) => match a.checked_add(b) {
                Some(sum) => Ok(self.int(sum)),
                None => Err(overflow("adding", a, '+', b).pending()),
            },
            (View::Int(a), View::Float(b)) => Ok(Value::float(self.heap, a as f64 + b)),
            (View::Float(a), View::Int(b)) => Ok(Value::float(self.heap, a + b as f64)),
            (View::Float(a), View::Float(b)) => Ok(Value::float(self.heap, a + b)),
            (View::Int(_), _) => {
                let found = self.describe_kind(right);
                Err(Error::type_error(format!("cannot add {found} to an integer")).pending())
            }
            (View::Float(_), _) => {
                let found = self.describe_kind(right);
                Err(Error::type_error(format!("cannot add {found} to a float")).pending())
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
        self.arithmetic(left, right, &SUBTRACTION, i64::checked_sub, |a, b| a - b)
    }

    pub(crate) fn multiply(&mut self, left: Value<'h>, right: Value<'h>) -> Result<Value<'h>> {
        self.arithmetic(left, right, &MULTIPLICATION, i64::checked_mul, |a, b| a * b)
    }

    pub(crate) fn divide(&mut self, left: Value<'h>, right: Value<'h>) -> Result<Value<'h>> {
        let zero = match right.view() {
            View::Int(int) => int == 0,
            View::Float(float) => float == 0.0,
            _ => return Err(self.expected("a float", right).demand(DIVISION.operands[1])),
        };
        if zero {
            return Err(Error::type_error("division by zero"));
        }
        self.arithmetic(left, right, &DIVISION, i64::checked_div, |a, b| a / b)
    }

    /// Adds as the builtin does, which joins no strings.
    pub(crate) fn add_numbers(&mut self, left: Value<'h>, right: Value<'h>) -> Result<Value<'h>> {
        self.arithmetic(left, right, &ADDITION, i64::checked_add, |a, b| a + b)
    }

    fn arithmetic(
        &mut self,
        left: Value<'h>,
        right: Value<'h>,
        operation: &Operation,
        ints: fn(i64, i64) -> Option<i64>,
        floats: fn(f64, f64) -> f64,
    ) -> Result<Value<'h>> {
        match (left.view(), right.view()) {
            (View::Int(a), View::Int(b)) => match ints(a, b) {
                Some(result) => Ok(self.int(result)),
                None => Err(overflow(operation.doing, a, operation.sign, b)),
            },
            (View::Int(_) | View::Float(_), View::Int(_) | View::Float(_)) => {
                let (a, b) = (self.force_float(left)?, self.force_float(right)?);
                Ok(Value::float(self.heap, floats(a, b)))
            }
            (a, b) => {
                let float = matches!(a, View::Float(_)) || matches!(b, View::Float(_));
                let what = if float { "a float" } else { "an integer" };
                let first = !matches!(a, View::Int(_) | View::Float(_));
                let (wrong, context) = match first {
                    true => (left, operation.operands[0]),
                    false => (right, operation.operands[1]),
                };
                // Nix has one message that is unlike the others.
                let context = match (float && first, operation.sign) {
                    (true, '*') => "while evaluating the first of the multiplication",
                    _ => context,
                };
                Err(self.expected(what, wrong).demand(context))
            }
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
                PartCode::Expr(code, position) => {
                    let value = self.eval(code, frame)?;
                    self.coerce_into(&mut string, value, Coercion::INTERPOLATE).map_err(
                        |error| {
                            error.demanded_at(Place::Position(*position)).near_position(*position)
                        },
                    )?;
                }
            }
        }
        Ok(string.finish(self.heap))
    }
}

fn overflow(doing: &str, a: i64, sign: char, b: i64) -> Error {
    Error::type_error(format!("integer overflow in {doing} {a} {sign} {b}"))
}
