using System.Runtime.InteropServices;
using StackExchange.Redis;

namespace LlmTelemetry.CostExporter;

/// <summary>Arranges rows of one partition by the hashes that they are added to, in the form that rows.lua takes.</summary>
internal sealed class RedisRows
{
    private readonly string _partition;
    private readonly Keys _keys;
    private readonly SpendPeriods _periods;
    private readonly Dictionary<(Kind Kind, SpendGrain Grain, DateTimeOffset Period, string? User), Hash> _hashes = [];
    private readonly Dictionary<string, (Hash Hash, SessionSpan Span)> _sessions = new(StringComparer.Ordinal);

    public RedisRows(string partition, IReadOnlyList<SpendRow> rows, Keys keys, SpendPeriods periods, StoreSettings settings)
    {
        _partition = partition;
        _keys = keys;
        _periods = periods;
        foreach (var row in rows)
        {
            var increment = new Increment(row.Measures);
            if (settings.Aggregates)
            {
                Add(row, increment);
            }

            if (settings.LiveSessions && row.Key.More?.Parts is { Session: { } session, Metric: null })
            {
                AddToSession(session, row, increment);
            }
        }
    }

    // Rows stand by user and by the rest of their key; sums of them are kept beside, for reports that ask for less, those by one name with a list of
    // what costs the most. Further figures are apart
    // from all of these, so that neither a report of calls nor an earlier version meets them: their rows in one hash, and a sum without users.
    private enum Kind
    {
        Rows,
        ByUser,
        ByModel,
        Models,
        Features,
        FiguresByUser,
        Figures,
    }

    /// <summary>Puts the rows behind other keys and arguments.</summary>
    public void AddTo(List<RedisKey> keys, List<RedisValue> values)
    {
        Hash[] listed = [.. _hashes.Values.Where(hash => hash.List is not null)];
        values.AddRange([_sessions.Count, listed.Length]);
        foreach (var hash in listed.Concat(_hashes.Values.Where(hash => hash.List is null)))
        {
            keys.Add(hash.Key);
            hash.AddTo(values);
        }

        foreach (var (hash, span) in _sessions.Values)
        {
            keys.Add(hash.Key);
            hash.AddTo(values);
            values.AddRange([span.First, span.Last]);
        }

        keys.AddRange(listed.Select(hash => (RedisKey)hash.List));
    }

    private void Add(in SpendRow row, Increment increment)
    {
        if (row.Key.More?.Parts.Metric is not null)
        {
            AddFigures(in row, increment);
            return;
        }

        var user = KeyText.Encode(row.Key.User);
        var laterDay = _periods.LaterDay(in row);
        foreach (var grain in SpendPeriods.Grains)
        {
            var period = SpendPeriods.Of(grain, row);
            ReadOnlySpan<string?> first = [row.Key.Provider, row.Key.Model, row.Key.Feature];
            var isHour = grain == SpendGrain.Hour;
            var rest = isHour ? SpendKeyText.JoinHour(first, row.Key.More, laterDay) : SpendKeyText.Join(first, row.Key.More);
            HashOf(Kind.Rows, grain, period, row.Key.User).Add(rest, increment);
            HashOf(Kind.ByUser, grain, period, user: null).Add(isHour ? SpendKeyText.JoinHour([row.Key.User], null, laterDay) : user, increment);
            if (!isHour)
            {
                HashOf(Kind.ByModel, grain, period, user: null).Add(rest, increment);
                HashOf(Kind.Models, grain, period, user: null).Add(KeyText.Encode(row.Key.Model), increment);
                HashOf(Kind.Features, grain, period, user: null).Add(KeyText.Encode(row.Key.Feature), increment);
            }
        }
    }

    private void AddFigures(in SpendRow row, Increment increment)
    {
        var key = row.Key;
        foreach (var grain in SpendPeriods.Grains)
        {
            var period = SpendPeriods.Of(grain, row);
            var hash = HashOf(Kind.FiguresByUser, grain, period, user: null);
            if (grain == SpendGrain.Hour)
            {
                hash.Add(SpendKeyText.JoinHour([key.User, key.Provider, key.Model, key.Feature], key.More, _periods.LaterDay(in row)), increment);
            }
            else
            {
                hash.Add(SpendKeyText.Join([key.User, key.Provider, key.Model, key.Feature], key.More), increment);
                HashOf(Kind.Figures, grain, period, user: null).Add(SpendKeyText.Join([null, key.Provider, key.Model, key.Feature], key.More), increment);
            }
        }
    }

    private void AddToSession(string session, in SpendRow row, Increment increment)
    {
        var span = SessionSpan.Of(in row);
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_sessions, session, out var exists);
        known = exists
            ? (known.Hash, known.Span.With(span))
            : (new Hash(_keys.Session(_partition, session), _periods.SessionExpiry().ToUnixTimeSeconds(), counted: false), span);
        known.Hash.Add(KeyText.Join(row.Key.Provider, row.Key.Model), increment);
    }

    private Hash HashOf(Kind kind, SpendGrain grain, DateTimeOffset period, string? user)
    {
        ref var hash = ref CollectionsMarshal.GetValueRefOrAddDefault(_hashes, (kind, grain, period, user), out _);
        return hash ??= new Hash(
            kind switch
            {
                Kind.ByUser => _keys.ByUser(_partition, grain, period),
                Kind.ByModel => _keys.ByModel(_partition, grain, period),
                Kind.Models => _keys.Sums(_partition, grain, period, SpendDimension.Model),
                Kind.Features => _keys.Sums(_partition, grain, period, SpendDimension.Feature),
                Kind.FiguresByUser => _keys.FiguresByUser(_partition, grain, period),
                Kind.Figures => _keys.Figures(_partition, grain, period),
                _ => _keys.Rows(_partition, grain, period, user),
            },
            Expiry(kind, grain, period).ToUnixTimeSeconds(),
            counted: kind is Kind.Rows or Kind.FiguresByUser,
            list: grain == SpendGrain.Hour ? null : DimensionOf(kind) is { } dimension ? _keys.Top(_partition, grain, period, dimension) : null);
    }

    private static SpendDimension? DimensionOf(Kind kind) => kind switch
    {
        Kind.ByUser => SpendDimension.User,
        Kind.Models => SpendDimension.Model,
        Kind.Features => SpendDimension.Feature,
        _ => null,
    };

    // A day's sum by user is also the list of the users of its hours, as far as an earlier version wrote them: it stays as long as they do.
    private DateTimeOffset Expiry(Kind kind, SpendGrain grain, DateTimeOffset period)
    {
        var expiry = _periods.Expiry(grain, period);
        return kind != Kind.ByUser || grain != SpendGrain.Day
            ? expiry
            : new[] { expiry, _periods.Expiry(SpendGrain.Hour, period.AddDays(2)) }.Max();
    }

    // Packed once for all the hashes it goes to.
    private sealed class Increment(SpendMeasures measures)
    {
        private byte[]? _packed;

        public byte[] Packed => _packed ??= PackedMeasures.Pack(measures);

        public Increment Plus(Increment other)
        {
            var sum = new SpendMeasures();
            sum.Add(measures);
            sum.Add(other.Measures);
            return new Increment(sum);
        }

        private SpendMeasures Measures => measures;
    }

    private sealed class Hash(string key, long expiry, bool counted, string? list = null)
    {
        private readonly Dictionary<string, Increment> _fields = new(StringComparer.Ordinal);
        private int _increments;

        public string Key => key;

        public string? List => list;

        public void Add(string field, Increment increment)
        {
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_fields, field, out _);
            sum = sum is null ? increment : sum.Plus(increment);
            _increments += counted ? 1 : 0;
        }

        public void AddTo(List<RedisValue> values)
        {
            values.AddRange([expiry, _increments, _fields.Count]);
            foreach (var (field, increment) in _fields)
            {
                values.Add(field);
                values.Add(increment.Packed);
            }
        }
    }
}
