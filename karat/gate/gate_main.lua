-- Refuses a merge into main whose changed partitions have no PASS on record. Digests and structure
-- are looked at here; signatures, bytes, waivers and carried books are for the service and for
-- every consumer. Written by karat gate install --lua.
local lakefs = require("lakefs")
local json = require("encoding/json")
local base64 = require("encoding/base64")

local repository, merge = action.repository_id, action.commit_id
local head = action.commit.parents[1]

local function begins(text, with) return string.sub(text, 1, #with) == with end
local function ends(text, with) return string.sub(text, -#with) == with end
local function inner(text, from, to) return string.sub(text, #from + 1, -#to - 1) end
local function refuse(what, why) error(what .. ": " .. why, 0) end

local function read(ref, path)
  local code, body = lakefs.get_object(repository, ref, path)
  if code == 200 then return body end
  if code ~= 404 then refuse(path, "cannot be read: status " .. code) end
  return nil
end

local function statement(body) return json.unmarshal(base64.decode(json.unmarshal(body).payload)) end

local function record(path, what)
  local body = read("ledger", path)
  if body == nil then refuse(what, "the ledger has no " .. path) end
  return statement(body).predicate
end

local together = {}

-- Records of many verdicts at once, under one contract; each is read once.
local function records(dataset, contract)
  local prefix = "verdicts/" .. dataset .. "/together/" .. contract .. "/"
  if together[prefix] then return together[prefix] end
  local found, after, more = {}, "", true
  while more do
    local code, page = lakefs.list_objects(repository, "ledger", after, prefix, "", 1000)
    if code ~= 200 then refuse(prefix, "cannot be listed: status " .. code) end
    for _, one in ipairs(page.results) do
      found[#found + 1] = statement(read("ledger", one.path))
    end
    more, after = page.pagination.has_more, page.pagination.next_offset
  end
  together[prefix] = found
  return found
end

-- A verdict: what it was judged on and its outcome, from a record of its own or of many.
local function verdict(dataset, contract, partition, key)
  local what = dataset .. "/" .. partition
  local body = read("ledger", "verdicts/" .. what .. "/" .. key .. ".json")
  if body ~= nil then
    local said = statement(body).predicate
    return said.inputs, said.outcome
  end
  for _, one in ipairs(records(dataset, contract)) do
    local entry, root = one.predicate.verdicts[partition], one.predicate.root
    if entry and entry[1] == key then
      for _, subject in ipairs(one.subject) do
        if subject.name == what then
          local inputs = { dataset = root.dataset, partition = partition, golden = root.golden,
            contract = root.contract, content = subject.digest.sha256 }
          return inputs, entry[2]
        end
      end
    end
  end
  refuse(what, "the ledger has no verdict " .. key)
end

local function digest(path)
  local code, body = lakefs.stat_object(repository, merge, path)
  if code ~= 200 then refuse(path, "is not there") end
  return (json.unmarshal(body).metadata or {})["content-sha256"]
end

local function golden(dataset)
  local body = read(merge, "_karat/golden/current/" .. dataset .. ".json")
  if body == nil then return "" end
  return json.unmarshal(base64.decode(json.unmarshal(body).payload)).predicate.golden
end

local function proved(dataset, contract, partition)
  local what = dataset .. "/" .. partition
  digest(what .. ".parquet")
  local text = read(merge, "_karat/verdicts/" .. what .. ".json")
  if text == nil then refuse(what, "has no note of its verdict") end
  local note = json.unmarshal(text)
  local said, outcome = verdict(dataset, contract, partition, note.verdict)
  local build = record("builds/" .. what .. "/" .. note.build .. ".json", what)
  if outcome ~= "PASS" then refuse(what, "is " .. outcome .. ", not PASS") end
  if said.dataset .. "/" .. said.partition ~= what then refuse(what, "has another's verdict") end
  if said.contract ~= contract then refuse(what, "was judged under another contract") end
  if said.golden ~= golden(dataset) then refuse(what, "was judged by other golden days") end
  if said.content ~= note.content or build.content ~= note.content then
    refuse(what, "its note, verdict and build speak of different contents")
  end
  if build.raw ~= digest("raw/" .. partition .. ".parquet") then
    refuse(what, "was not built from the raw capture that is there")
  end
end

-- Karat's own files: added once under the digest of their bytes or for ever, or the known ones.
local function own(path, kind)
  local name = ""
  if begins(path, "_karat/golden/current/") or begins(path, "datasets/") then
    if kind == "removed" then refuse(path, "main would lose it") end
    if begins(path, "datasets/") and kind ~= "added" then refuse(path, "is never changed") end
    return
  elseif begins(path, "_karat/golden/") and ends(path, ".json") then
    name = inner(path, "_karat/golden/", ".json")
  elseif begins(path, "_karat/golden/") and ends(path, ".cells") then
    name = inner(path, "_karat/golden/", ".cells")
  elseif begins(path, "_karat/golden/") and ends(path, ".full") then
    name = inner(path, "_karat/golden/", ".full")
  elseif path == "_karat/gate/gate-main.json" or path == "_lakefs_actions/gate-main.yaml" then
    if kind == "removed" then refuse(path, "main would lose it") end
    return
  end
  if name == "" or kind ~= "added" or digest(path) ~= name then
    refuse(path, "nothing justifies it")
  end
end

local function changed(path, kind)
  for dataset, contract in pairs(args.datasets) do
    local data, note = dataset .. "/", "_karat/verdicts/" .. dataset .. "/"
    if begins(path, data) or begins(path, note) then
      local from, to = data, ".parquet"
      if begins(path, note) then from, to = note, ".json" end
      if kind == "removed" then refuse(path, "main would lose it") end
      if not ends(path, to) then refuse(path, "is no partition") end
      proved(dataset, contract, inner(path, from, to))
      return true
    end
  end
  for _, folder in ipairs({ "_lakefs_actions/", "_karat/", "datasets/" }) do
    if begins(path, folder) then
      own(path, kind)
      return true
    end
  end
  return false
end

local gated, after, more = false, "", true
while more do
  local code, found = lakefs.diff_refs(repository, head, merge, after, "", "", 1000)
  if code ~= 200 then refuse("diff", "status " .. code) end
  for _, change in ipairs(found.results) do
    gated = changed(change.path, change.type) or gated
  end
  more, after = found.pagination.has_more, found.pagination.next_offset
end
local expected = (action.commit.metadata or {})["expected-head"]
if (gated or expected) and expected ~= head then
  refuse("expected-head", "give the merge the metadata expected-head=" .. head)
end
