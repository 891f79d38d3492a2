namespace LlmTelemetry.Usage;

/// <summary>Names that are priced as others in the configuration: <c>BaseModels:NAME=MODEL</c>, or <c>BaseModels:0:Name</c>, <c>:BaseModel</c> and <c>:Provider</c>.</summary>
internal sealed class BaseModelSettings
{
    public const string BaseModel = "BaseModel";
    private const string NameField = "Name";
    private const string ProviderField = "Provider";

    private readonly Dictionary<(string Name, string? Provider), Entry> _entries = [];

    /// <exception cref="InvalidDataException">An entry is incomplete or there twice.</exception>
    public BaseModelSettings(IEnumerable<KeyValuePair<string, Dictionary<string, string>>> settings)
    {
        foreach (var (name, fields) in settings)
        {
            var entry = Read($"{PriceSettings.BaseModelsKey}:{name}", name, fields);
            if (!_entries.TryAdd((PriceList.Normal(entry.Name), entry.Provider), entry))
            {
                throw PriceSettings.Wrong(entry.Key, entry.Model, $"there once: {entry.Name} has a base model already");
            }
        }
    }

    /// <summary>Lays each over the book, after the one that it names itself.</summary>
    /// <exception cref="InvalidDataException">A base model has no price, or they name each other in a circle.</exception>
    public PriceBook Over(PriceBook book)
    {
        var done = new HashSet<Entry>();

        // Those that hold anywhere first: one of a provider is laid over it.
        return _entries.Values.OrderBy(e => e.Provider is not null).Aggregate(book, (below, entry) => Over(below, entry, done, []));
    }

    private PriceBook Over(PriceBook book, Entry entry, HashSet<Entry> done, List<Entry> path)
    {
        if (done.Contains(entry))
        {
            return book;
        }

        var isCircle = path.Contains(entry);
        path.Add(entry);
        if (isCircle)
        {
            throw PriceSettings.Wrong(entry.Key, entry.Model, $"a model with a price, and not lead back to itself: {string.Join(" -> ", path.Select(e => e.Name))}");
        }

        if (Next(entry) is { } next)
        {
            book = Over(book, next, done, path);
        }

        done.Add(entry);
        try
        {
            return book.WithBaseModel(entry.Name, entry.Model, entry.Provider);
        }
        catch (InvalidDataException cause)
        {
            throw PriceSettings.Wrong(entry.Key, entry.Model, $"a model that the price book knows: {cause.Message}");
        }
    }

    private Entry? Next(Entry entry)
    {
        var name = PriceList.Normal(entry.Model);
        return _entries.GetValueOrDefault((name, entry.Provider)) ?? _entries.GetValueOrDefault((name, null));
    }

    private static Entry Read(string key, string name, Dictionary<string, string> fields)
    {
        if (fields.Keys.FirstOrDefault(f => !Is(f, BaseModel) && !Is(f, NameField) && !Is(f, ProviderField)) is { } unknown)
        {
            throw PriceSettings.Wrong($"{key}:{unknown}", fields[unknown], $"at {NameField}, {BaseModel} or {ProviderField}");
        }

        var isNumbered = fields.ContainsKey(NameField) || fields.ContainsKey(ProviderField);
        return new Entry(
            key,
            isNumbered ? Text(NameField, "the name as it arrives") : name,
            fields.ContainsKey(ProviderField) ? PriceList.Normal(Text(ProviderField, "the provider's name")) : null,
            Text(BaseModel, "the name of a model that the price book knows"));

        string Text(string field, string right) =>
            fields.GetValueOrDefault(field) is { Length: > 0 } text ? text : throw PriceSettings.Wrong(isNumbered ? $"{key}:{field}" : key, fields.GetValueOrDefault(field) ?? "", right);
    }

    private static bool Is(string field, string name) => field.Equals(name, StringComparison.OrdinalIgnoreCase);

    private sealed record Entry(string Key, string Name, string? Provider, string Model);
}
