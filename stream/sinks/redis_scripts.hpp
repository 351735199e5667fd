#pragma once
#include <string_view>

/// What Redis runs for us, each in one step that nothing else comes between. Beside the stream lies a hash, in the same slot:
/// a field an origin, `EPOCH:SEQUENCE`, the epoch of who wrote last and up to which sequence everything of that origin is in
/// the stream; and the field `newest`, the entry that was added last by anybody. A stream whose newest entry is older than
/// that is another one than it was, and then nothing is known of any origin. So an append that comes twice adds nothing, one
/// that leaves something out is refused, and a process that should be gone writes nothing any more.
///
/// A Redis that dies while it writes an append to its append-only file leaves half of one there. Its next start passes over
/// that half but leaves the opening MULTI; the start after that reads on, into what was appended since, and performs both.
/// So whoever meets a Redis process first notes in the field `cut` where its stream ended and from where on it has entries:
/// what lies between in a later process was given up, has been appended again, and is removed.
namespace yizhan::stream::scripts {

/// Begins the two scripts below: `known` is what stands of the origin, if the stream is still the one it was.
constexpr std::string_view look = R"lua(
local function is_older(a, b)
  local a1, a2 = a:match('^(%d+)-(%d+)$')
  local b1, b2 = b:match('^(%d+)-(%d+)$')
  a1, a2, b1, b2 = tonumber(a1), tonumber(a2), tonumber(b1), tonumber(b2)
  return a1 < b1 or (a1 == b1 and a2 < b2)
end
local newest, there = redis.call('HGET', KEYS[2], 'newest'), '0-0'
if redis.call('EXISTS', KEYS[1]) == 1 then
  local about = redis.call('XINFO', 'STREAM', KEYS[1])
  for at = 1, #about, 2 do if about[at] == 'last-generated-id' then there = about[at + 1] end end
end
if newest and is_older(there, newest) then redis.call('DEL', KEYS[2]) end
local known = redis.call('HGET', KEYS[2], ARGV[1])
local epoch, sequence
if known then epoch, sequence = known:match('^(%d+):(%d+)$') end
if known and tonumber(epoch) > tonumber(ARGV[2]) then return {'fenced', epoch} end
)lua";

/// KEYS stream, hash. ARGV origin, epoch, start, Redis' own name for its process, or `-`. Says where an append has to begin.
///   held SEQUENCE: everything up to there is in the stream. begun START: nothing was known of this origin; it is begun at
///   START. fenced EPOCH: a later process writes here.
constexpr std::string_view begin = R"lua(
local process, ended, from_there = (redis.call('HGET', KEYS[2], 'cut') or ''):match('^(%S+) (%S+) (%S+)$')
if process ~= ARGV[4] then
  if process then
    for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '(' .. ended, '(' .. from_there)) do redis.call('XDEL', KEYS[1], entry[1]) end
  end
  local now = redis.call('TIME')
  local from = string.format('%s%03d-0', now[1], math.floor(now[2] / 1000))
  if redis.call('EXISTS', KEYS[1]) == 0 then
    redis.call('XGROUP', 'CREATE', KEYS[1], 'makes-the-stream', '$', 'MKSTREAM')
    redis.call('XGROUP', 'DESTROY', KEYS[1], 'makes-the-stream')
  end
  if is_older(there, from) then redis.call('XSETID', KEYS[1], from) end
  redis.call('HSET', KEYS[2], 'cut', ARGV[4] .. ' ' .. there .. ' ' .. from)
end
if known then
  if epoch ~= ARGV[2] then redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. ':' .. sequence) end
  return {'held', sequence}
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. ':' .. ARGV[3])
return {'begun', ARGV[3]}
)lua";

/// KEYS stream, hash. ARGV origin, epoch, the sequence before, the last sequence, then for each event its sequence, id, type
/// and the event itself.
///   ok ENTRY: all are in the stream, nothing of ours behind ENTRY. gap SEQUENCE: what is before is not there, go back to
///   SEQUENCE. lost: nothing is known of this origin. fenced EPOCH: as above.
constexpr std::string_view append = R"lua(
if not known then return {'lost', ''} end
sequence = tonumber(sequence)
if sequence < tonumber(ARGV[3]) then return {'gap', string.format('%.0f', sequence)} end
if sequence >= tonumber(ARGV[4]) then return {'ok', redis.call('HGET', KEYS[2], 'newest') or '0-0'} end
local entry
for at = 5, #ARGV, 4 do
  if tonumber(ARGV[at]) > sequence then
    entry = redis.call('XADD', KEYS[1], '*', 'id', ARGV[at + 1], 'type', ARGV[at + 2], 'event', ARGV[at + 3])
  end
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. ':' .. ARGV[4], 'newest', entry)
return {'ok', entry}
)lua";

/// KEYS stream. ARGV how many entries at most, then groups that must be there. Removes what every group has behind it, in
/// whole nodes of the stream.
///   trimmed COUNT ENTRY: no group needs anything before ENTRY. waits GROUP: it is not there. none: there is no group.
constexpr std::string_view trim = R"lua(
if redis.call('EXISTS', KEYS[1]) == 0 then return {'none'} end
local function before(a1, a2, b1, b2) return a1 < b1 or (a1 == b1 and a2 < b2) end
local there, first1, first2 = {}, nil, nil
for _, about in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = {}
  for at = 1, #about, 2 do group[about[at]] = about[at + 1] end
  there[group['name']] = true
  local needs1, needs2
  if group['pending'] > 0 then
    needs1, needs2 = redis.call('XPENDING', KEYS[1], group['name'])[2]:match('^(%d+)-(%d+)$')
    needs1, needs2 = tonumber(needs1), tonumber(needs2)
  else
    needs1, needs2 = group['last-delivered-id']:match('^(%d+)-(%d+)$')
    needs1, needs2 = tonumber(needs1), tonumber(needs2) + 1
  end
  if not first1 or before(needs1, needs2, first1, first2) then first1, first2 = needs1, needs2 end
end
for at = 2, #ARGV do if not there[ARGV[at]] then return {'waits', ARGV[at]} end end
if not first1 then return {'none'} end
local first = string.format('%.0f-%.0f', first1, first2)
return {'trimmed', redis.call('XTRIM', KEYS[1], 'MINID', '~', first, 'LIMIT', ARGV[1]), first}
)lua";

}  // namespace yizhan::stream::scripts
