; quartz run factorial.sexp, or quartzc factorial.sexp and quartz run factorial.qzb
(defun factorial (n)
  (if (<= n 1) 1 (* n (factorial (- n 1)))))
(print (factorial 5))
