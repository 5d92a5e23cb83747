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

local function record(path, what)
  local body = read("ledger", path)
  if body == nil then refuse(what, "the ledger has no " .. path) end
  return json.unmarshal(base64.decode(json.unmarshal(body).payload)).predicate
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
  local verdict = record("verdicts/" .. what .. "/" .. note.verdict .. ".json", what)
  local build = record("builds/" .. what .. "/" .. note.build .. ".json", what)
  local said = verdict.inputs
  if verdict.outcome ~= "PASS" then refuse(what, "is " .. verdict.outcome .. ", not PASS") end
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
  local ours = begins(path, "_lakefs_actions/") or begins(path, "_karat/verdicts/")
  if ours and path ~= "_lakefs_actions/gate-main.yaml" then
    refuse(path, "nothing justifies it")
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
local expected = action.commit.metadata["expected-head"]
if (gated or expected) and expected ~= head then
  refuse("expected-head", "give the merge the metadata expected-head=" .. head)
end
