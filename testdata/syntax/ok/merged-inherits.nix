# The sources of `inherit (…)` move along with the set they stand in.
let s = { }; t = { };
in {
  a = { inherit (s) b; };
  a = { inherit (t) c d; ${toString 1} = 2; };
  e = rec { inherit (s) f; g = f; };
  e = { inherit s; h = g; };
}
