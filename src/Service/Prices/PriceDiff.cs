using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>What changed from one price file to another, entry by entry and price by price.</summary>
internal sealed class PriceDiff
{
    private readonly LoadedPrices _old;
    private readonly LoadedPrices _new;
    private readonly List<PriceRow> _added = [];
    private readonly List<PriceRow> _removed = [];
    private readonly List<(string Entry, string Price, decimal? Old, decimal? New)> _changed = [];

    public PriceDiff(LoadedPrices old, LoadedPrices @new)
    {
        (_old, _new) = (old, @new);
        var before = PriceRows.Read(old.File).ToDictionary(r => r.Entry);
        var after = PriceRows.Read(@new.File).ToDictionary(r => r.Entry);
        foreach (var entry in before.Keys.Union(after.Keys).Order(StringComparer.Ordinal))
        {
            Compare(before.GetValueOrDefault(entry), after.GetValueOrDefault(entry));
        }
    }

    /// <summary>The entries that only the old file has.</summary>
    public IReadOnlyList<string> Removed => [.. _removed.Select(r => r.Entry)];

    public bool IsEmpty => _added.Count + _removed.Count + _changed.Count == 0;

    public string ToTable()
    {
        if (IsEmpty)
        {
            return $"No price differs between {_old.Name} ({_old.Book.Version}) and {_new.Name} ({_new.Book.Version}).\n";
        }

        var table = new TextTable(3);
        table.Add(["change", "model", "price", "old", "new", "percent"]);
        foreach (var row in _removed)
        {
            table.Add(["removed", row.Entry, "", "", "", ""]);
        }

        foreach (var (row, price) in _added.SelectMany(r => r.Prices().Select(p => (r, p))))
        {
            table.Add(["added", row.Entry, price.Key, "", Text(price.Value), ""]);
        }

        foreach (var (entry, price, old, @new) in _changed)
        {
            table.Add(["changed", entry, price, Text(old), Text(@new), Percent(old, @new) is { } percent ? percent.ToString("+0.##;-0.##", CultureInfo.InvariantCulture) : ""]);
        }

        table.Add([$"{_removed.Count} removed, {_added.Count} added, {_changed.Select(c => c.Entry).Distinct().Count()} changed", "", "", "", "", ""]);
        return table.Render();
    }

    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("old", _old.Book.Version);
            json.WriteString("new", _new.Book.Version);
            WriteEntries(json, "removed", _removed);
            WriteEntries(json, "added", _added);
            json.WriteStartArray("changed");
            foreach (var (entry, price, old, @new) in _changed)
            {
                json.WriteStartObject();
                json.WriteString("model", entry);
                json.WriteString("price", price);
                WriteNumber(json, "old", old);
                WriteNumber(json, "new", @new);
                WriteNumber(json, "percent", Percent(old, @new));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private static void WriteEntries(Utf8JsonWriter json, string name, List<PriceRow> rows)
    {
        json.WriteStartArray(name);
        foreach (var row in rows)
        {
            json.WriteStartObject();
            json.WriteString("model", row.Entry);
            json.WriteStartObject("prices");
            foreach (var (price, usd) in row.Prices())
            {
                json.WriteNumber(price, usd);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void Compare(PriceRow? before, PriceRow? after)
    {
        if (before is null || after is null)
        {
            (after is null ? _removed : _added).Add((before ?? after)!);
            return;
        }

        var (old, @new) = (before.Prices(), after.Prices());
        foreach (var price in old.Keys.Union(@new.Keys).Order(StringComparer.Ordinal))
        {
            decimal? was = old.TryGetValue(price, out var w) ? w : null;
            decimal? now = @new.TryGetValue(price, out var n) ? n : null;
            if (was != now)
            {
                _changed.Add((after.Entry, price, was, now));
            }
        }
    }

    private static decimal? Percent(decimal? old, decimal? @new) => old is { } was && @new is { } now && was != 0 ? Math.Round((now - was) / was * 100, 2) : null;

    private static string Text(decimal? usd) => usd?.ToString("0.############", CultureInfo.InvariantCulture) ?? "";

    private static void WriteNumber(Utf8JsonWriter json, string name, decimal? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
