using System.Globalization;

namespace LlmTelemetry.Usage;

/// <summary>What the configuration says of prices. Read whole before anything is done with it; each error names the setting, its value and what would be right.</summary>
internal sealed class PriceSettings
{
    public const string FileKey = "File";
    public const string ReloadIntervalKey = "ReloadInterval";
    public const string ModelsKey = "Models";
    public const string BaseModelsKey = "BaseModels";

    /// <summary>The settings there are; what is none of them is not read here.</summary>
    public static readonly string[] Known = [FileKey, ReloadIntervalKey, ModelsKey, BaseModelsKey];

    private readonly SortedDictionary<string, Dictionary<string, string>> _models = new(StringComparer.OrdinalIgnoreCase);
    private readonly SortedDictionary<string, Dictionary<string, string>> _bases = new(StringComparer.OrdinalIgnoreCase);

    private PriceSettings()
    {
    }

    /// <summary>Path of the price file; null: none.</summary>
    public string? File { get; private set; }

    /// <summary>How often the file is looked at.</summary>
    public TimeSpan ReloadInterval { get; private set; } = LivePrices.DefaultInterval;

    /// <exception cref="InvalidDataException">A setting is not right.</exception>
    public static PriceSettings Read(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var read = new PriceSettings();
        foreach (var (key, value) in settings)
        {
            if (value is not null)
            {
                read.Add(key, value.Trim());
            }
        }

        return read;
    }

    /// <summary>The book with the models and base models of the settings laid over it.</summary>
    /// <exception cref="InvalidDataException">A price or a base model is not right.</exception>
    public PriceBook Over(PriceBook book)
    {
        var bases = new BaseModelSettings(_bases);

        var models = _models.Select(entry => OwnModelSetting.Read(entry.Key, entry.Value)).ToArray();
        RequireOnce(models);

        // Those that hold anywhere first: one of a provider is laid over it.
        var inOrder = models.OrderBy(m => m.Provider is not null);
        return bases.Over(book.WithOwn((list, _, date) => [.. inOrder.Select(model => model.Over(list, date))]));
    }

    /// <summary>The complaint about a setting.</summary>
    public static InvalidDataException Wrong(string key, string value, string right) => new($"{key}: '{value}' is not right here; it must be {right}.");

    private static void RequireOnce(OwnModelSetting[] models)
    {
        var seen = new Dictionary<(string Model, string? Provider), string>();
        foreach (var model in models)
        {
            var name = (PriceList.Normal(model.Model), model.Provider is null ? null : PriceList.Normal(model.Provider));
            if (!seen.TryAdd(name, model.Key))
            {
                throw Wrong(model.Key, model.Model, $"there once: {seen[name]} has prices for it already");
            }
        }
    }

    private void Add(string key, string value)
    {
        var colon = key.IndexOf(':', StringComparison.Ordinal);
        var (head, tail) = colon < 0 ? (key, "") : (key[..colon], key[(colon + 1)..]);
        var isEmptyList = colon < 0 && value.Length == 0; // As JSON's [] arrives.
        switch (Known.FirstOrDefault(k => k.Equals(head, StringComparison.OrdinalIgnoreCase)))
        {
            case FileKey when tail.Length == 0:
                File = value.Length != 0 && value.IndexOfAny(Path.GetInvalidPathChars()) < 0 ? value : throw Wrong(key, value, "the path of a price file");
                break;
            case ReloadIntervalKey when tail.Length == 0:
                ReloadInterval = Interval(key, value);
                break;
            case ModelsKey when !isEmptyList:
                Put(_models, tail, value, $"{ModelsKey}:MODEL:BUCKET");
                break;
            case BaseModelsKey when !isEmptyList:
                // A name may hold colons, so only what is numbered has fields.
                var isNumbered = tail.IndexOf(':', StringComparison.Ordinal) is > 0 and var end && tail.AsSpan(0, end).ContainsAnyExceptInRange('0', '9') is false;
                Put(_bases, isNumbered ? tail : $"{tail}:{BaseModelSettings.BaseModel}", value, $"{BaseModelsKey}:NAME");
                break;
            default:
                break;
        }
    }

    private static void Put(SortedDictionary<string, Dictionary<string, string>> entries, string path, string value, string form)
    {
        var colon = path.LastIndexOf(':');
        if (colon <= 0)
        {
            throw Wrong($"{form[..form.IndexOf(':', StringComparison.Ordinal)]}:{path}", value, $"a setting of the form {form}");
        }

        if (!entries.TryGetValue(path[..colon], out var fields))
        {
            entries.Add(path[..colon], fields = new(StringComparer.OrdinalIgnoreCase));
        }

        fields[path[(colon + 1)..]] = value;
    }

    private static TimeSpan Interval(string key, string value)
    {
        // A bare number would be days, and so would 24 in 24:00:00: nobody who writes that means it.
        var isSpan = value.Contains(':', StringComparison.Ordinal) & TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out var interval);
        isSpan &= interval.Days == 0 || value.Contains('.', StringComparison.Ordinal);
        return isSpan && LivePrices.IsInterval(interval) ? interval : throw Wrong(key, value, $"{LivePrices.IntervalRule} such as 00:00:10 (hours:minutes:seconds)");
    }
}
