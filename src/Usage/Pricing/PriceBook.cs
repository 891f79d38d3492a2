namespace LlmTelemetry.Usage;

/// <summary>
/// Prices of models at a time: the whole door to pricing. Thread-safe; each call sees the book as it was at one moment. Names are matched
/// without regard to case and surrounding blanks; a name that the book does not know has no price, which is not 0. docs/prices.md has the rules.
/// </summary>
public sealed class PriceBook
{
    private volatile Contents _now;

    private PriceBook(Contents contents) => _now = contents;

    /// <summary>The book that is built into this assembly.</summary>
    public static PriceBook Embedded { get; } = ReadEmbedded();

    /// <summary>Date and content hash: <c>2026-09-23.1f2e3d4c</c>; of a book with overrides also theirs: <c>2026-09-23.1f2e3d4c+5a6b7c8d</c>.</summary>
    public string Version => _now.Version;

    /// <summary>The day that the prices are of: the newest date of the files that they come from.</summary>
    public DateOnly Date => _now.Date;

    /// <summary>Reads a book from the text of a price file.</summary>
    /// <param name="file">The text, in UTF-8.</param>
    /// <param name="below">The book whose entries it may refer to, and which it is meant to be put over (<see cref="With(PriceBook)"/>); null: it stands alone.</param>
    /// <exception cref="InvalidDataException">The text is no valid price file; the message names the line and the entry.</exception>
    public static PriceBook Parse(ReadOnlyMemory<byte> file, PriceBook? below = null)
    {
        var (list, date) = PriceFileBytes.Read(file, below?._now.List);
        return Make(list, PriceVersion.Of(date, file.Span), date);
    }

    /// <summary>Reads a book from a price file of at most 64 MB, or from the price list of LiteLLM, models.dev or genai-prices.</summary>
    /// <remarks>Such a list has no date: it is as old as its file.</remarks>
    /// <param name="path">The file.</param>
    /// <param name="below">As in <see cref="Parse"/>.</param>
    /// <exception cref="InvalidDataException">It is no valid price file; the message names the file, the line and the entry.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static PriceBook Load(string path, PriceBook? below = null) => PriceFileBytes.Parse(path, path, PriceFileBytes.ReadFile(path), file => Parse(file, below));

    /// <summary>A book in which the entries of another one come first: overrides of prices, and models and providers of one's own.</summary>
    /// <remarks>
    /// An entry with the id of one below takes its place, all its prices and names included. Where one of the books follows a file
    /// (<see cref="LivePrices"/>) the new one does not: it has the prices of now.
    /// </remarks>
    public PriceBook With(PriceBook overrides)
    {
        ArgumentNullException.ThrowIfNull(overrides);
        var (below, above) = (_now, overrides._now);
        return Make(above.List.Over(below.List), PriceVersion.Over(above.Version, below.Version), below.Date > above.Date ? below.Date : above.Date);
    }

    /// <summary>A book with prices of one's own for a model.</summary>
    /// <param name="provider">Whose model it is: a name of a provider of the book, or of a new one. Null: the prices hold at whatever provider.</param>
    /// <param name="model">
    /// The model's name, or a pattern as in the price file. The id of an entry of the book means all its names: <c>gpt-4o</c> also <c>gpt-4o-2024-08-06</c>.
    /// </param>
    /// <param name="prices">USD in the price file's units: per million tokens or bytes, per hour (seconds), per thousand of anything else. They take the place of all prices of the model.</param>
    /// <exception cref="InvalidDataException">A price is negative or absurd, or the input or output of the model would be free by omission; the message names the entry.</exception>
    public PriceBook With(string? provider, string model, IReadOnlyDictionary<UsageBucket, decimal> prices)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prices);
        return WithOwn((list, _, date) => [OwnPrices.Model(list, date, provider, model, prices)]);
    }

    /// <summary>A book in which a name has the prices of another one: a deployment at Azure, an inference profile at Bedrock, an alias at a gateway.</summary>
    /// <param name="name">The name as it arrives, or a pattern as in the price file.</param>
    /// <param name="baseModel">A name that this book has a price for; as <c>provider/model</c> where it is another provider's.</param>
    /// <param name="provider">Where the name means that model. Null: at whatever provider, at its prices where it has them.</param>
    /// <exception cref="InvalidDataException">The book has no price for the base model, or it is the name itself; the message names both.</exception>
    public PriceBook WithBaseModel(string name, string baseModel, string? provider = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(baseModel);
        return WithOwn((list, listings, date) => [OwnPrices.BaseModel(list, listings, date, provider, name, baseModel)]);
    }

    /// <summary>A book with what the configuration section <c>LlmTelemetry:Prices</c> says; docs/prices.md lists the settings.</summary>
    /// <param name="settings">Keys relative to the section (<c>Models:my-model:input</c>) and their values. <c>File</c> is read once.</param>
    /// <exception cref="InvalidDataException">A setting is not right; the message names it, its value and what would be right.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public PriceBook With(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        var read = PriceSettings.Read(settings);
        return read.Over(read.File is { } file ? With(Load(file, this)) : this);
    }

    /// <summary>Whether the book has an entry for the model.</summary>
    /// <param name="provider">As <c>gen_ai.provider.name</c> says it. Null: the model's name tells, where it does.</param>
    /// <param name="model">The model's name. Null is known to no book.</param>
    public bool Knows(string? provider, string? model) => _now.Listings.Find(provider, model) is not null;

    /// <summary>Prices one call.</summary>
    /// <returns>The cost; null: no price is known for this model or service tier.</returns>
    /// <inheritdoc cref="TryQuote"/>
    public Cost? Quote(string? provider, string? model, in CallUsage usage, DateTimeOffset when, string? serviceTier = null, string? region = null) =>
        TryQuote(provider, model, in usage, when, serviceTier, region, out var cost) ? cost : null;

    /// <summary>Prices one call without copying the result twice.</summary>
    /// <param name="provider">As <c>gen_ai.provider.name</c> says it. Null: the model's name tells, where it does.</param>
    /// <param name="model">The model that answered.</param>
    /// <param name="usage">What one call used. The context tier is that of its whole input; sums of several calls would be priced too high.</param>
    /// <param name="when">When the call was made: prices change by date and time of day.</param>
    /// <param name="serviceTier">
    /// The tier that the provider says it used, by any provider's word for it: batch, flex, priority, fast, provisioned. Null, <c>standard</c>,
    /// <c>default</c>, <c>auto</c> and <c>on_demand</c> are the standard one. A tier that the entry has no price for has none.
    /// </param>
    /// <param name="region">
    /// Where the provider ran the call (<c>us</c>, <c>eu</c>, <c>europe-west1</c>, <c>global</c>), for models that cost more in some places. Null: list price.
    /// </param>
    /// <param name="cost">The cost, by bucket; meaningless when the result is false.</param>
    /// <returns>False: no price is known for this model or service tier.</returns>
    public bool TryQuote(
        string? provider, string? model, in CallUsage usage, DateTimeOffset when, string? serviceTier, string? region, out Cost cost)
    {
        var now = _now;
        if (now.Listings.Find(provider, model) is not { } listing)
        {
            cost = default;
            return false;
        }

        cost = new Cost(listing.Provider, listing.Model.Id, now.Version);
        return listing.Model.At(when).TryPrice(in usage, serviceTier, region ?? listing.Region, ref cost);
    }

    /// <summary>Prices one call as the dearest model of its provider that has a price for it, where its own price is not known. For budgets: an upper bound, and no price.</summary>
    /// <returns>The cost; null: nobody has a price for it.</returns>
    /// <param name="provider">As for <see cref="TryQuote"/>. Null, or one that the book does not know: of all providers.</param>
    /// <param name="usage">As for <see cref="TryQuote"/>.</param>
    /// <param name="when">As for <see cref="TryQuote"/>.</param>
    /// <param name="serviceTier">As for <see cref="TryQuote"/>; models that have no price for it are passed over.</param>
    /// <param name="region">As for <see cref="TryQuote"/>.</param>
    public Cost? QuoteDearest(string? provider, in CallUsage usage, DateTimeOffset when, string? serviceTier = null, string? region = null)
    {
        var (now, name) = (_now, PriceList.Normal(provider));
        return (now.List.Called(name) is { } seller ? Dearest(seller.Sold(now.List), seller.Id, in usage, when, serviceTier, region, now.Version) : null)
            ?? Dearest(now.List.Providers.SelectMany(p => p.Models), name, in usage, when, serviceTier, region, now.Version);
    }

    /// <summary>Says why a call costs what it costs, or why it has no price. For people: it allocates.</summary>
    /// <inheritdoc cref="TryQuote"/>
    public PriceExplanation Explain(string? provider, string? model, in CallUsage usage, DateTimeOffset when, string? serviceTier = null, string? region = null)
    {
        var now = _now;
        var names = now.List.Explain(provider, model) with { PriceVersion = now.Version };
        if (now.Listings.Find(provider, model) is not { } listing)
        {
            return names;
        }

        var cost = new Cost(listing.Provider, listing.Model.Id, now.Version);
        var set = listing.Model.At(when);
        region ??= listing.Region;
        var isPriced = set.TryPrice(in usage, serviceTier, region, ref cost);
        return set.Explain(names, in usage, serviceTier, region, isPriced) with { Cost = isPriced ? cost : null };
    }

    /// <summary>
    /// Prices what several calls used together, where that is to the pico-dollar the sum of what each costs: one price that is linear. What is not known of
    /// the calls is not guessed.
    /// </summary>
    /// <param name="provider">As for <see cref="TryQuote"/>.</param>
    /// <param name="model">As for <see cref="TryQuote"/>.</param>
    /// <param name="usage">The sum.</param>
    /// <param name="from">The calls ended at or after this.</param>
    /// <param name="until">They ended before this.</param>
    /// <param name="isStandard">Whether all of them are known to be of the standard service tier, at list price.</param>
    /// <param name="cost">The sum of their costs; meaningless when the result is false.</param>
    /// <param name="problem">Why the sum does not say it; null where no price is known.</param>
    internal bool TryQuoteSum(string? provider, string? model, in CallUsage usage, DateTimeOffset from, DateTimeOffset until, bool isStandard, out Cost cost, out string? problem)
    {
        var now = _now;
        (cost, problem) = (default, null);
        if (now.Listings.Find(provider, model) is not { } listing)
        {
            return false;
        }

        cost = new Cost(listing.Provider, listing.Model.Id, now.Version);
        var set = listing.Model.At(from);
        problem = listing.Model.IsOneSet(from, until) ? set.SumProblem(in usage, isStandard, listing.Region) : "its price changes within the time of a row";
        return problem is null && set.TryPrice(in usage, serviceTier: null, listing.Region, ref cost);
    }

    /// <summary>The ids of the models that the provider of this one sells, itself included; empty: the book does not know it.</summary>
    internal IReadOnlyList<string> Neighbours(string? provider, string? model)
    {
        var now = _now;
        return now.Listings.Find(provider, model) is { } listing && now.List.ById(listing.Provider) is { } seller ? [.. seller.Models.Select(entry => entry.Id)] : [];
    }

    /// <summary>The entries of a provider, or of all, each with what one unit of every bucket that it names costs at a time: list price, standard service tier.</summary>
    internal IEnumerable<PriceExplanation> Entries(string? provider, DateTimeOffset when)
    {
        var now = _now;
        var entries = provider is null
            ? now.List.Providers.SelectMany(seller => seller.Models.Select(model => (seller.Id, Model: model))).Concat(now.List.Anywhere.Select(model => (Id: PriceList.AnyProvider, Model: model)))
            : now.List.Called(PriceList.Normal(provider)) is { } called ? called.Models.Select(model => (called.Id, Model: model)) : [];
        return entries.Select(entry => entry.Model.At(when).Explain(
            new PriceExplanation
            {
                PriceVersion = now.Version,
                Provider = entry.Id,
                Model = entry.Model.Id,
                Source = entry.Model.Provenance.Source,
                Checked = entry.Model.Provenance.Checked,
            },
            UnitOf(entry.Model),
            serviceTier: null,
            region: null,
            isPriced: true));
    }

    /// <summary>One unit of every bucket that the model's entry names a price for; nothing where there is no entry.</summary>
    internal CallUsage UnitOf(string? provider, string? model) => _now.Listings.Find(provider, model) is { } listing ? UnitOf(listing.Model) : default;

    /// <summary>A book with own entries, all at once; of two that mean the same the last one counts. They have no date: the book stays as old as it is.</summary>
    /// <param name="make">Makes them for the list of this book, its memory of names, and its date.</param>
    internal PriceBook WithOwn(Func<PriceList, ListingCache, DateOnly, OwnEntry[]> make)
    {
        var below = _now;
        var entries = make(below.List, below.Listings, below.Date);
        byte[] text = [.. entries.SelectMany(e => e.Text)];
        return entries.Length == 0
            ? this
            : Make(PriceListMerge.LastFirst(entries).Over(below.List), PriceVersion.Over(PriceVersion.Of(below.Date, text), below.Version), below.Date);
    }

    /// <summary>Puts the contents of another book in the place of this one's, for all who hold it.</summary>
    internal void Become(PriceBook other) => _now = other._now;

    /// <summary>Reads the built-in book anew, with a memory of names of its own.</summary>
    internal static PriceBook ReadEmbedded()
    {
        using var stream = typeof(PriceBook).Assembly.GetManifestResourceStream("prices.json")
            ?? throw new InvalidOperationException("The assembly was built without its prices.");
        var file = new byte[stream.Length];
        stream.ReadExactly(file);
        return Parse(file);
    }

    private static PriceBook Make(PriceList list, string version, DateOnly date) => new(new Contents(list, new ListingCache(list), version, date));

    private static CallUsage UnitOf(PricedModel model)
    {
        var usage = default(CallUsage);
        foreach (var bucket in Enum.GetValues<UsageBucket>().Where(model.Names))
        {
            usage[bucket] = 1;
        }

        return usage;
    }

    private static Cost? Dearest(
        IEnumerable<PricedModel> models, string provider, in CallUsage usage, DateTimeOffset when, string? serviceTier, string? region, string version)
    {
        Cost? dearest = null;
        foreach (var model in models)
        {
            var cost = new Cost(provider, model.Id, version);
            if (model.At(when).TryPrice(in usage, serviceTier, region, ref cost) && !(dearest?.TotalPico >= cost.TotalPico))
            {
                dearest = cost;
            }
        }

        return dearest;
    }

    /// <summary>Whether the book prices the bucket of this model apart from the class that contains it.</summary>
    public bool PricesApart(string? provider, string? model, UsageBucket bucket) => _now.Listings.Find(provider, model)?.Model.Names(bucket) == true;

    private sealed record Contents(PriceList List, ListingCache Listings, string Version, DateOnly Date);
}
