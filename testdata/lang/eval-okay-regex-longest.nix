# Which of several matches counts, and what the groups are then.
{
  searchTakesTheLongest = builtins.split "(x|xy)(z|yzw)(w*)" "-xyzw-";
  prefixOfTheOther = builtins.split "(key|keyboard)" "keyboards and keys";
  wholeTakesTheFirst = builtins.match "(x|xy)(z|yzw)(w*)" "xyzw";
  lastTurnCounts = builtins.match "(([a-z]+)[0-9])*" "ab1c2def3";
  keepsTheGroupOfAnEarlierTurn = builtins.match "((x)|y)*" "xy";
  emptyTurn = builtins.match "(x*)*" "xx";
  emptyTurnOfOneOrMore = builtins.match "(x*)+" "xx";
  emptyMatches = builtins.split "x*" "axxb";
  emptyThenLonger = builtins.split "(|x)" "ax";
  anchors = builtins.split "^a|a$" "aaa";
  onlyOnce = builtins.split "^x" "xx";
  counted = builtins.match "([0-9]{1,3})([.][0-9]{1,3}){3}" "192.168.0.17";
  nestedCounts = builtins.match "((ab?){2}c){1,2}" "abacaabc";
  brackets = map (s: builtins.match "[]x-]+" s) [ "]-x" "y" ];
  negated = builtins.match "[^]]*" "abc";
  dashEnd = builtins.match "[+--]*" "+,-";
  classes = builtins.match "([[:upper:]][[:lower:]]*)[[:space:]]([[:digit:]]+)[[:punct:]]" "Go 12!";
  collating = builtins.match "[[.hyphen.][.a.]]+" "a-a";
  equivalent = builtins.match "[[=q=]]+" "qQ";
  newline = builtins.match ".*" "a\nb";
  emptyAlternative = builtins.match "a(b|)c" "ac";
  plainBraces = builtins.match "]}" "]}";
  repeatedTwice = builtins.match "a**" "aaa";
}
