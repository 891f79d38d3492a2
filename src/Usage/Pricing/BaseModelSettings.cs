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

    /// <summary>Lays them over the book: each after the one that it names, and after that of its name which holds anywhere.</summary>
    /// <exception cref="InvalidDataException">A base model has no price, or they name each other in a circle.</exception>
    public PriceBook Over(PriceBook book)
    {
        var waiting = new HashSet<Entry>(_entries.Values);
        while (waiting.Count != 0)
        {
            var ready = waiting.Where(entry => !Before(entry).Any(waiting.Contains)).ToArray();
            if (ready.Length == 0)
            {
                throw Circle(waiting);
            }

            book = book.WithOwn((list, listings, date) => Array.ConvertAll(ready, entry => Make(list, listings, date, entry)));
            waiting.ExceptWith(ready);
        }

        return book;
    }

    private static OwnEntry Make(PriceList list, ListingCache listings, DateOnly date, Entry entry)
    {
        try
        {
            return OwnPrices.BaseModel(list, listings, date, entry.Provider, entry.Name, entry.Model);
        }
        catch (InvalidDataException cause)
        {
            throw PriceSettings.Wrong(entry.Key, entry.Model, $"a model that the price book knows: {cause.Message}");
        }
    }

    // Each of those that wait waits for another one of them: whoever follows them comes back.
    private InvalidDataException Circle(HashSet<Entry> waiting)
    {
        var path = new List<Entry>();
        var entry = waiting.First();
        while (!path.Contains(entry))
        {
            path.Add(entry);
            entry = Before(entry).First(waiting.Contains);
        }

        path.RemoveRange(0, path.IndexOf(entry));
        var way = string.Join(" -> ", path.Append(entry).Select(e => e.Name));
        return PriceSettings.Wrong(entry.Key, entry.Model, $"a model with a price, and not lead back to itself: {way}");
    }

    private IEnumerable<Entry> Before(Entry entry)
    {
        if (Next(entry) is { } next)
        {
            yield return next;
        }

        if (entry.Provider is not null && _entries.TryGetValue((PriceList.Normal(entry.Name), null), out var anywhere))
        {
            yield return anywhere;
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

        // A name may hold colons, but who writes this one means an object.
        if (name.LastIndexOf(':') is > 0 and var colon && Is(name[(colon + 1)..], BaseModel))
        {
            throw PriceSettings.Wrong(key, fields[BaseModel], $"at {PriceSettings.BaseModelsKey}:{name[..colon]} itself, or with a number in its place beside {NameField}, {BaseModel} and {ProviderField}");
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
