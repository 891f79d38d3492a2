using System.Text;

namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>What a store of receipts and claims should do, in the plainest way.</summary>
internal sealed class ReceiptModel
{
    private readonly HashSet<ReceiptId> _ids = [];
    private readonly Dictionary<string, NextState> _states = [];
    private readonly Dictionary<(string Source, long Hour), (UsageSourceKind Booked, HashSet<UsageSourceKind> Sent)> _hours = [];

    public Dictionary<string, Int128> Calls { get; } = [];

    public int Booked { get; private set; }

    public int Refused { get; private set; }

    public long Version(string key) => _states.TryGetValue(key, out var state) ? state.Version + 1 : 0;

    public string State(string key) => $"{Version(key)}:{Encoding.UTF8.GetString(_states.GetValueOrDefault(key).Content.Span)}";

    public ReceiptReply Book(SpendReceipt receipt)
    {
        Guid[] known = [.. receipt.Ids.Where(_ids.Contains).Select(id => id.Id)];
        string[] changed = [.. receipt.States.Where(state => Version(state.Key) != state.Version).Select(state => state.Key)];
        if (known.Length + changed.Length > 0)
        {
            Refused++;
            return new ReceiptReply(ReceiptStatus.Refused, known, changed);
        }

        Booked++;
        _ids.UnionWith(receipt.Ids);
        foreach (var state in receipt.States)
        {
            _states[state.Key] = state;
        }

        foreach (var row in receipt.Rows)
        {
            Calls[row.Key.User!] = Calls.GetValueOrDefault(row.Key.User!) + row.Measures[0];
        }

        return new ReceiptReply(ReceiptStatus.Booked, [], []);
    }

    public UsageSourceKind Claim(string source, long hour, UsageSourceKind kind)
    {
        if (!_hours.TryGetValue((source, hour), out var known))
        {
            var before = _hours.Where(one => one.Key.Source == source && one.Key.Hour < hour).OrderBy(one => one.Key.Hour).Select(one => one.Value.Sent).LastOrDefault() ?? [];
            _hours[(source, hour)] = known = (before.Append(kind).Min(), []);
        }

        known.Sent.Add(kind);
        return known.Booked;
    }
}
