-- What somebody does with `web.nix` in Neovim, without a screen: each step waits for what
-- must be seen, and the first that is not is the end. Neovim was started with the
-- configuration of docs/editors.

local PATIENCE = 20000 -- milliseconds; an editor on a busy machine is slow

local function fail(what)
  io.stderr:write(what .. "\n")
  for _, it in ipairs(vim.diagnostic.get(0)) do
    io.stderr:write(("  %d:%d %s\n"):format(it.lnum + 1, it.col + 1, it.message))
  end
  vim.cmd("cquit 1")
end

local function await(what, condition)
  if not vim.wait(PATIENCE, condition, 20) then fail("never seen: " .. what) end
end

local function line(number) return vim.api.nvim_buf_get_lines(0, number - 1, number, true)[1] end

-- The findings as `LINE:COLUMN CODE`, in their order.
local function findings()
  local all = {}
  for _, it in ipairs(vim.diagnostic.get(0)) do
    local code = it.code or (it.user_data and it.user_data.lsp and it.user_data.lsp.code)
    table.insert(all, ("%d:%d %s %s"):format(it.lnum + 1, it.col + 1, it.source, code))
  end
  table.sort(all)
  return table.concat(all, ", ")
end

local function has_findings(expected)
  await(expected == "" and "no finding" or expected, function() return findings() == expected end)
end

-- The text in a window that floats over the others.
local function floating()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= "" then
      local buffer = vim.api.nvim_win_get_buf(window)
      return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, true), "\n")
    end
  end
end

local function hover_says(...)
  local texts = { ... }
  vim.lsp.buf.hover()
  await("a hover with " .. table.concat(texts, ", "), function()
    local shown = floating() or ""
    return vim.tbl_count(vim.tbl_filter(function(text) return shown:find(text, 1, true) end, texts)) == #texts
  end)
end

-- Takes the fix with a title, as from the menu that Neovim shows.
local function fix(title)
  vim.ui.select = function(items, options, choose)
    for index, item in ipairs(items) do
      if options.format_item(item) == title then return choose(item, index) end
    end
    fail("not offered: " .. title)
  end
  vim.lsp.buf.code_action()
end

local function completes(row, column, expected)
  vim.api.nvim_win_set_cursor(0, { row, column })
  local parameters = vim.lsp.util.make_position_params()
  local answers = vim.lsp.buf_request_sync(0, "textDocument/completion", parameters, PATIENCE)
  for _, answer in pairs(answers or {}) do
    local items = vim.lsp.util.extract_completion_items(answer.result or {})
    for _, item in ipairs(items) do
      if item.label == expected then return end
    end
  end
  fail("not completed: " .. expected)
end

local function steps()
  vim.cmd("edit web.nix")
  await("a client", function() return #vim.lsp.get_active_clients() == 1 end)

  -- The address is also that of a container of the other file.
  local three = "4:5 conex unknown-option, 8:20 conex duplicate-address, 9:50 conex unknown-protocol"
  has_findings(three)

  vim.api.nvim_win_set_cursor(0, { 4, 6 })
  fix("rename to autoStart")
  await("the fix", function() return line(4) == "    autoStart = true;" end)
  has_findings("8:20 conex duplicate-address, 9:50 conex unknown-protocol")

  vim.api.nvim_win_set_cursor(0, { 4, 6 })
  hover_says("containers.web.autoStart", "boolean", "Whether the container")

  -- What is typed counts, saved or not.
  vim.api.nvim_buf_set_lines(0, 7, 9, true, { '    localAddress = "10.77.0.3";', "    hostB" })
  completes(9, 9, "hostBridge")
  vim.api.nvim_buf_set_lines(0, 8, 9, true, {})
  has_findings("")

  -- Beside nil or nixd a variable that nothing uses is their affair.
  vim.cmd("edit!")
  vim.api.nvim_buf_set_lines(0, 0, 1, true, { "{ config, ... }: let unused = 1; in" })
  local unused = vim.env.BESIDE and "" or "1:22 conex unused-variable, "
  has_findings(unused .. three)

  vim.cmd("quitall!")
end

local ran, error_ = pcall(steps)
if not ran then fail(tostring(error_)) end
