let
  huge = 1.0e308 * 10;
  none = huge - huge;
in
{
  compared = [
    (none == none)
    (none != none)
    (none < none)
    (none <= none)
    (none > 0)
    (huge > 9223372036854775807)
    (-huge < 0)
    (huge == huge)
  ];
  shown = [ huge (-huge) none (-0.0) (0.0 * -1) ];
  strings = toString [ huge (-huge) none (-0.0) ];
  xml = builtins.toXML [ huge none (0.0 * -1) ];
  mixed = [
    (9007199254740993 == 9007199254740992.0)
    (9223372036854775807 < 9223372036854775808.0)
    (9223372036854775807 == 9223372036854775808.0)
  ];
  rounded = [ (builtins.floor (-9223372036854775808.0)) (builtins.ceil (-0.5)) ];
}
