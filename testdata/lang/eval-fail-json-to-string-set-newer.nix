builtins.toJSON { __toString = self: { inherit self; }; }
