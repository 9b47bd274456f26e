# A function is equal to itself only where both are the same place: selecting
# it twice makes two.
let
  set = {
    function = x: x;
    nan = 1.0e308 * 10.0 - 1.0e308 * 10.0;
    inner = { function = x: x; list = [ (x: x) ]; };
    builtin = builtins.head;
  };
  function = set.function;
  identity = x: x;
  inherit (set) inner;
in
{
  selected = [ set.function ] == [ set.function ];
  variable = [ function ] == [ function ];
  plain = [ identity ] == [ identity ];
  builtin = [ set.builtin ] == [ set.builtin ];
  nan = [ set.nan ] == [ set.nan ];
  sets = [ set.inner ] == [ set.inner ];
  inherited = [ inner ] == [ inner ];
  within = set.inner == inner;
  lists = set.inner.list == inner.list;
  attributes = { f = set.function; } == { f = set.function; };
}
