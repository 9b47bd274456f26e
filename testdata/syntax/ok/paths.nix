# Paths, and what looks like one.
let a = 4; b = 2; foo = "x"; in [
  ./. ../a a/b ./a/b.c /a ~/a a.b/c .../x 1/2 ./${foo} ./a${foo}/b/${foo}.nix ~/${foo} /${foo}
  (a / b) (a /b) <a> <a/b.c> a:b http://x.y/?z=1 x:x
]
