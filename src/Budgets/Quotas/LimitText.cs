using System.Text;
using System.Text.Json;

namespace LlmTelemetry.Budgets;

/// <summary>
/// How a limit is announced, for readers that do not have the application's configuration: <c>{"v":1,"unit":"usd","window":"day","zone":"Europe/Berlin","per":"user","amount":"5","at":1795392000}</c>.
/// Amounts are text, so that no reader rounds them; one that is not there is unlimited.
/// </summary>
internal static class LimitText
{
    // A reader leaves newer ones alone: it cannot know what they mean.
    private const int Version = 1;

    private const string VersionName = "v";
    private const string UnitName = "unit";
    private const string WindowName = "window";
    private const string ZoneName = "zone";
    private const string PerName = "per";
    private const string AmountName = "amount";
    private const string ShadowName = "shadow";
    private const string FailureName = "on_store_failure";
    private const string OnlyName = "only";
    private const string TiersName = "tiers";
    private const string DefaultTierName = "default_tier";
    private const string AtName = "at";

    // An hour's announcements, and a day for a process that is being moved.
    private static readonly TimeSpan Current = TimeSpan.FromHours(25);

    /// <param name="known">The limit.</param>
    /// <param name="at">When it is announced; the beginning of time: it is taken back.</param>
    public static string Write(KnownLimit known, DateTimeOffset at)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber(VersionName, Version);
            json.WriteString(UnitName, known.Limit.Unit.Word());
            json.WriteString(WindowName, known.Limit.Window.ToString());
            json.WriteString(ZoneName, known.Calendar.Zone.Id);
            json.WriteString(PerName, known.Limit.Per.Word());
            WriteAmount(json, AmountName, known.Limit.Amount, nullAsWell: false);
            if (known.Limit.Shadow)
            {
                json.WriteBoolean(ShadowName, true);
            }

            if (known.Limit.OnStoreFailure is { } failure)
            {
                json.WriteString(FailureName, failure == StoreFailurePolicy.Closed ? SettingWords.Closed : SettingWords.Open);
            }

            WriteOnly(json, known.Limit.Only);
            WriteTiers(json, known);
            json.WriteNumber(AtName, at.ToUnixTimeSeconds());
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    /// <summary>What was announced; null: nothing that this version can read.</summary>
    /// <param name="name">The limit's name.</param>
    /// <param name="text">What <see cref="Write"/> wrote.</param>
    /// <param name="now">The reader's time.</param>
    public static KnownLimit? Read(string name, string text, DateTimeOffset now)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var root = json.RootElement;
            if (root.GetProperty(VersionName).GetInt32() != Version || UnitWords.Find(Text(root, UnitName)) is not { } unit || ScopeWords.Find(Text(root, PerName)) is not { } per)
            {
                return null;
            }

            var limit = new BudgetLimit(name, unit, Amount(root, AmountName), BudgetWindow.Parse(Text(root, WindowName)), per)
            {
                Shadow = root.TryGetProperty(ShadowName, out var shadow) && shadow.GetBoolean(),
                OnStoreFailure = root.TryGetProperty(FailureName, out var failure) ? failure.GetString() == SettingWords.Closed ? StoreFailurePolicy.Closed : StoreFailurePolicy.Open : null,
                Only = Members(root, OnlyName).ToDictionary(only => ScopeWords.Find(only.Name)!.Value, only => only.Value.GetString()!),
            };
            var known = new KnownLimit(limit, new BudgetCalendar(TimeZoneInfo.FindSystemTimeZoneById(Text(root, ZoneName))))
            {
                Tiers = Members(root, TiersName).ToDictionary(tier => tier.Name, tier => Amount(tier.Value), StringComparer.OrdinalIgnoreCase),
                DefaultTier = root.TryGetProperty(DefaultTierName, out var tier) ? tier.GetString() : null,
                IsCurrent = now - DateTimeOffset.FromUnixTimeSeconds(root.GetProperty(AtName).GetInt64()) < Current,
            };
            Check(known);
            return known;
        }
        catch (Exception cause) when (cause is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException or OverflowException
            or TimeZoneNotFoundException or InvalidTimeZoneException)
        {
            return null; // Another version's, or somebody's hand: a reader goes on with the others.
        }
    }

    /// <summary>Whether two announcements say the same of a limit, whenever they were made.</summary>
    public static bool AreSame(string one, string other) => WithoutTime(one).SequenceEqual(WithoutTime(other));

    // It is written last.
    private static ReadOnlySpan<char> WithoutTime(string text) => text.LastIndexOf($"\"{AtName}\":", StringComparison.Ordinal) is >= 0 and var at ? text.AsSpan(0, at) : text;

    // One limit that is none must not keep a reader from the others.
    private static void Check(KnownLimit known)
    {
        if (!known.IsOfTiers)
        {
            LimitChecks.Check(known.Limit, known.Limit.Name);
        }

        foreach (var (tier, amount) in known.Tiers)
        {
            LimitChecks.Check(tier, TierLimit.With(new BudgetTier(), known.Limit.Name, amount));
        }
    }

    private static void WriteAmount(Utf8JsonWriter json, string name, decimal? amount, bool nullAsWell)
    {
        if (amount is { } said)
        {
            json.WriteString(name, BudgetExceededException.Text(said));
        }
        else if (nullAsWell)
        {
            json.WriteNull(name);
        }
    }

    private static void WriteOnly(Utf8JsonWriter json, IReadOnlyDictionary<BudgetScope, string> only)
    {
        if (only.Count == 0)
        {
            return;
        }

        json.WriteStartObject(OnlyName);
        foreach (var (scope, value) in only.OrderBy(pair => pair.Key))
        {
            json.WriteString(scope.Word(), value);
        }

        json.WriteEndObject();
    }

    private static void WriteTiers(Utf8JsonWriter json, KnownLimit known)
    {
        if (!known.IsOfTiers)
        {
            return;
        }

        json.WriteStartObject(TiersName);
        foreach (var (name, amount) in known.Tiers.OrderBy(tier => tier.Key, StringComparer.Ordinal))
        {
            WriteAmount(json, name, amount, nullAsWell: true);
        }

        json.WriteEndObject();
        if (known.DefaultTier is { } tier)
        {
            json.WriteString(DefaultTierName, tier);
        }
    }

    private static string Text(JsonElement root, string name) => root.GetProperty(name).GetString() ?? throw new FormatException();

    private static decimal? Amount(JsonElement root, string name) => root.TryGetProperty(name, out var amount) ? Amount(amount) : null;

    private static decimal? Amount(JsonElement amount) =>
        amount.ValueKind == JsonValueKind.Null ? null : SettingWords.Amount(amount.GetString()!);

    private static JsonElement.ObjectEnumerator Members(JsonElement root, string name) => root.TryGetProperty(name, out var members) ? members.EnumerateObject() : default;
}
