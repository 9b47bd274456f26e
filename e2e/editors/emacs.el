;;; What somebody does with web.nix in Emacs: each step waits for what must be seen.  -*- lexical-binding: t -*-
;; Emacs was started with the configuration of docs/editors.

(setq eglot-sync-connect 30 eglot-connect-timeout 30 eglot-confirm-server-initiated-edits nil)

(defun await (what condition)
  "Wait until CONDITION holds, or end Emacs saying that WHAT was never seen."
  (let ((end (+ (float-time) 20)))
    (while (and (not (funcall condition)) (< (float-time) end))
      (accept-process-output nil 0.05))
    (unless (funcall condition)
      (message "never seen: %s\n%S" what (findings))
      (kill-emacs 1))))

(defun findings ()
  "The findings, as (LINE . TEXT)."
  (sort (mapcar (lambda (it)
                  (cons (line-number-at-pos (flymake-diagnostic-beg it))
                        (flymake-diagnostic-text it)))
                (flymake-diagnostics))
        (lambda (a b) (< (car a) (car b)))))

(defun lines () (mapcar #'car (findings)))

(find-file "web.nix")
(run-hooks 'post-command-hook) ; what follows a command, in Emacs without a terminal
(await "a server" (lambda () (eglot-managed-p)))
(flymake-start)
(await "findings in the lines 4, 8 and 9" (lambda () (equal (lines) '(4 8 9))))

(goto-char (point-min))
(search-forward "autostart")
(backward-char 2)
(let ((actions (eglot-code-actions (point) nil)))
  (let ((fix (seq-find (lambda (it) (equal (plist-get it :title) "rename to autoStart")) actions)))
    (unless fix (message "not offered: %S" actions) (kill-emacs 1))
    (eglot--apply-workspace-edit (plist-get fix :edit))))
(goto-char (point-min))
(await "the fix" (lambda () (save-excursion (search-forward "    autoStart = true;" nil t))))
;; Emacs does so when nobody types for half a second, which it does not notice here.
(eglot--signal-textDocument/didChange)
(await "findings in the lines 8 and 9" (lambda () (equal (lines) '(8 9))))

(goto-char (point-min))
(search-forward "autoStart")
(backward-char 2)
(let* ((position (eglot--TextDocumentPositionParams))
       (hover (jsonrpc-request (eglot--current-server-or-lose) :textDocument/hover position))
       (text (format "%S" hover)))
  (unless (string-match-p "containers.web.autoStart" text) (message "hover: %s" text) (kill-emacs 1)))
(goto-char (point-min))
(search-forward "privateNetwork")
(beginning-of-line)
(open-line 1)
(insert "    hostB")
(let* ((table (nth 2 (eglot-completion-at-point)))
       (offered (all-completions "hostB" table)))
  (unless (equal (mapcar #'substring-no-properties offered) '("hostBridge"))
    (message "completed: %S" offered)
    (kill-emacs 1)))
(set-buffer-modified-p nil)
(kill-emacs 0)
