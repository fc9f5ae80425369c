-- wrk -s load.lua ADDRESS [-- FILE SEED]
-- With a file of paths: each request asks for one of them at random. Ends with one line of JSON.

function init(arguments)
  if not arguments[1] then return end
  math.randomseed(tonumber(arguments[2]))
  local requests = {}
  for path in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("GET", path)
  end
  request = function() return requests[math.random(#requests)] end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"answers": %d, "microseconds": %d, "bytes": %d, "refused": %d, "broken": %d,'
      .. ' "p50": %.1f, "p99": %.1f}\n',
    summary.requests, summary.duration, summary.bytes, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
