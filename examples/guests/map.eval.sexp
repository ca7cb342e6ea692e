; quartz run --dialect eval map.eval.sexp
(def map (f l)
  (cond (nil? l) nil
        true (cons (f (car l)) (map f (cdr l)))))
(def is_y (ask) (is? ask 'y))
(map is_y '(x y z z y))
