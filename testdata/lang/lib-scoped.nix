[ x map ((y: x + y) 1) ]
