[ (true && false) (true || throw "no") (false -> throw "no") (!true) (false && throw "no") (if 1 == 1 then "y" else throw "no") ]
